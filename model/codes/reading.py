"""MC01xx: reading YAML: syntax, structure, limits."""

from __future__ import annotations

from mcflow.model.codes.code import Code

CODES: dict[str, Code] = {
    "MC0101": Code(
        "cannot read {path}: {reason}",
        "The file could not be opened or read: it does not exist, it is a folder, or you may not read it.\n\n"
        "Wrong:\n\n    mcflow plan -f blueprint.yml        # the file is mcflow.yaml\n\nRight:\n\n    mcflow plan -f mcflow.yaml\n",
        help="check the path, and that you may read the file",
    ),
    "MC0102": Code(
        "{path} is not an ordinary file",
        "mcflow reads ordinary files only: a pipe, a device or a folder has no lines to point at and may never end.\n\n"
        "Wrong:\n\n    mcflow plan -f /dev/stdin\n\nRight:\n\n    mcflow plan -f mcflow.yaml\n",
        help="save the text to a file and name that",
    ),
    "MC0103": Code(
        "{path} is larger than {limit} MiB",
        "A blueprint of this size is a mistake more often than a plan, and would take all memory before anything could be said about it.\n\n"
        "Wrong: a disk image or a log given as blueprint.\n\nRight: large texts beside the blueprint, read with\n\n"
        "    user_data: \"{{ file('setup.sh') }}\"\n",
        help="split the file, or move large texts to files of their own and read them with file()",
    ),
    "MC0104": Code(
        "the file is not UTF-8: byte {byte} looks like {encoding}",
        "Every mcflow file is UTF-8 text, so that it means the same on every machine.\n\nWrong: a file saved as UTF-16, Latin-1 or EUC-KR.\n\n"
        "Right: the same file after\n\n    iconv -f EUC-KR -t UTF-8 old.yaml > mcflow.yaml\n",
        help="save the file as UTF-8",
    ),
    "MC0105": Code(
        "the character {character} may not stand in a file",
        "Control characters, NUL and invisible line separators cannot be seen, and editors and parsers disagree about them.\n\n"
        "Wrong: a text with a NUL pasted into it.\n\nRight, where it is really wanted, as an escape in double quotes:\n\n    separator: \"\\x00\"\n",
        help="remove it, or write it as an escape in double quotes",
    ),
    "MC0106": Code(
        "the character {character} changes the direction of text",
        "With it a line can be shown in another order than it is read, so that a reviewer approves something else than what is applied.\n\n"
        "Wrong: a line with U+202E in it.\n\nRight: the line without it; where it is really wanted, as an escape:\n\n    label: \"\\u202e\"\n",
        help="remove it, or write it as an escape in double quotes",
    ),
    "MC0110": Code(
        "this is not YAML: {problem}",
        "The text could not be read as YAML. Most often a quote, a bracket or the indentation of the lines above is off.\n\n"
        "Wrong:\n\n    tags: {a: 1\n\nRight:\n\n    tags: {a: 1}\n",
        help="look at this line and the one above: quotes, brackets, indentation",
    ),
    "MC0111": Code(
        "a tab where YAML wants spaces",
        "YAML indents with spaces only; a tab has no agreed width.\n\nWrong (the second line begins with a tab):\n\n    net:\n    \ttype: vpc\n\n"
        "Right:\n\n    net:\n      type: vpc\n",
        help="indent with spaces",
    ),
    "MC0112": Code(
        "a second ': ' on this line: {found} cannot begin a value here",
        "In an unquoted value a colon followed by a blank begins a new key, and one line has one key. Also said where a line is indented further "
        "below a value that is already complete.\n\nWrong:\n\n    description: web: the front\n\nRight:\n\n    description: \"web: the front\"\n",
        help="quote the value, or check the indentation",
    ),
    "MC0113": Code(
        "'{word}' is not `key: value`",
        "Inside a mapping every line is `key: value`, with a blank after the colon.\n\nWrong:\n\n    type:vpc\n\nRight:\n\n    type: vpc\n",
        help="write `key: value`, with a blank after the colon",
    ),
    "MC0114": Code(
        "this quote is never closed",
        "A quoted value runs until the same quote comes again. Inside single quotes a quote is written twice.\n\n"
        "Wrong:\n\n    name: \"web\n\n    name: 'it's'\n\nRight:\n\n    name: \"web\"\n\n    name: 'it''s'\n",
        help="close it with the same quote",
    ),
    "MC0115": Code(
        "{escape} is not an escape",
        "In double quotes a backslash begins an escape. For text with backslashes (Windows paths, regular expressions) use single quotes.\n\n"
        "Wrong:\n\n    pattern: \"\\d+\"\n\nRight:\n\n    pattern: '\\d+'\n",
        help="use single quotes, or one of {known}",
    ),
    "MC0116": Code(
        "expected ',' or '{closing}', found {found}",
        "A list in brackets and a mapping in braces separate their items with commas and must be closed.\n\n"
        "Wrong:\n\n    ports: [80 443\n\nRight:\n\n    ports: [80, 443]\n",
        help="add the comma or close with '{closing}'",
    ),
    "MC0117": Code(
        "a value cannot begin with {character}",
        "YAML keeps this character for itself (or for later); a value that begins with it must be quoted.\n\n"
        "Wrong:\n\n    owner: @team\n\nRight:\n\n    owner: \"@team\"\n",
        help="quote the value",
    ),
    "MC0118": Code(
        "this line does not fit the ones above it: found {found}",
        "All keys of one mapping begin in the same column, and so do all `-` of one list.\n\n"
        "Wrong:\n\n    net:\n        type: vpc\n      connection: seoul\n\nRight:\n\n    net:\n      type: vpc\n      connection: seoul\n",
        help="begin it in the same column as its siblings",
    ),
    "MC0119": Code(
        "a list item or key cannot begin here: found {found}",
        "`- item` begins a line of its own (or follows another `-`).\n\nWrong:\n\n    ports: - 80\n\nRight:\n\n    ports:\n      - 80\n\nor\n\n    ports: [80]\n",
        help="put it on a line of its own, or use brackets",
    ),
    "MC0120": Code(
        "'{key}' is already set on line {line}",
        "Two equal keys in one mapping: other readers silently keep the last, mcflow refuses. Keys are text, so `1` and `\"1\"` are equal.\n\n"
        "Wrong:\n\n    tags: {team: a, team: b}\n\nRight:\n\n    tags: {team: b}\n",
        help="keep one of the two",
    ),
    "MC0121": Code(
        "merge keys (<<) are not read",
        "The merge key is no part of YAML 1.2 and hides where a value comes from. Merge in an expression instead.\n\n"
        "Wrong:\n\n    tags:\n      <<: *defaults\n      team: a\n\nRight:\n\n    tags: \"{{ merge(locals.defaults, {'team': 'a'}) }}\"\n",
        help="use merge() in an expression: \"{{{{ merge(locals.defaults, {{'key': 'value'}}) }}}}\"",
    ),
    "MC0122": Code(
        "a key must be text, this is {kind}",
        "Keys of mappings are text: names, numbers read as text, or quoted text.\n\nWrong:\n\n    [a, b]: 1\n\nRight:\n\n    ab: 1\n",
        help="write a plain or quoted key",
    ),
    "MC0123": Code(
        "tags ({tag}) are not read",
        "A YAML tag asks the reader to build something else than the text says. mcflow takes types from its schemas.\n\n"
        "Wrong:\n\n    zip: !!str 01234\n\nRight:\n\n    zip: \"01234\"\n",
        help="remove the tag; quote the value if it begins with !",
    ),
    "MC0124": Code(
        "a second document begins here",
        "One file is one document. What follows `---` would be ignored by some readers and merged by others.\n\n"
        "Wrong:\n\n    mcflow: 1\n    ---\n    mcflow: 1\n\nRight: two files.\n",
        help="move it to a file of its own, or remove the ---",
    ),
    "MC0125": Code(
        "the expression {text} needs quotes",
        "Without quotes YAML reads the braces as a mapping whose key is a mapping.\n\n"
        "Wrong:\n\n    vpc: {{ resources.net }}\n\nRight:\n\n    vpc: \"{{ resources.net }}\"\n",
        help="quote the whole value",
    ),
    "MC0126": Code(
        "the alias *{name} has no anchor",
        "An alias repeats a node that was marked `&name` further up in the same file. It must stand before its first alias.\n\n"
        "Wrong:\n\n    a: *base\n\nRight:\n\n    base: &base {x: 1}\n    a: *base\n",
        help="anchors above this line: {known}; quote the value if it is text that begins with *",
    ),
    "MC0127": Code(
        "the alias *{name} stands inside what it repeats",
        "A node that contains itself has no end.\n\nWrong:\n\n    a: &a [1, *a]\n\nRight:\n\n    a: &a [1]\n    b: [*a, *a]\n",
        help="move the alias out of the node marked &{name}",
    ),
    "MC0128": Code(
        "a key is missing before ':'",
        "A line of a mapping begins with its key. Without one the value has no name by which anything could read it.\n\nWrong:\n\n    : vpc\n\nRight:\n\n    type: vpc\n",
        help="write the key",
    ),
    "MC0129": Code(
        "{text} is no number that JSON has",
        "Infinity, not-a-number and numbers beyond a cloud's reach cannot be stored or sent. If it is text, quote it.\n\n"
        "Wrong:\n\n    limit: .inf\n\nRight:\n\n    limit: 1000000\n",
        help="write an ordinary number, or quote it if it is text",
    ),
    "MC0130": Code(
        "nested deeper than {limit} levels",
        "No blueprint needs this depth; a file that has it is damaged or hostile.\n\n"
        "Wrong:\n\n    [[[[[[ … ]]]]]]\n\nRight: at most {limit} levels; name inner parts under `locals`.\n",
        help="move inner parts to locals",
    ),
    "MC0131": Code(
        "aliases repeat more than {limit}",
        "Aliases of aliases multiply: a few lines can stand for billions of nodes.\n\n"
        "Wrong:\n\n    b: &b [*a, *a, *a, *a]\n    c: &c [*b, *b, *b, *b]\n    …\n\nRight: for_each, or an expression.\n",
        help="use for_each or an expression instead of aliases",
    ),
    "MC0132": Code(
        "a text of {length} characters; at most {limit} are read",
        "Large texts belong in files of their own.\n\nWrong: a program pasted into user_data.\n\nRight:\n\n    user_data: \"{{ file('setup.sh') }}\"\n",
        help="move the text to a file and read it with file()",
    ),
    "MC0133": Code(
        "more than {limit} values in one file",
        "The file would take more memory than a run may. Repetition is written once, with for_each.\n\nWrong: two million lines like\n\n    web-000001: {type: vm}\n\nRight:\n\n    web:\n      type: vm\n      for_each: '{{ range(vars.count) }}'\n",
        help="split the blueprint or use for_each",
    ),
    "MC0134": Code(
        "directives (% lines) are not read: {problem}",
        "A line that begins with % changes how the rest is read. mcflow reads YAML 1.2 and needs none.\n\n"
        "Wrong:\n\n    %YAML 1.1\n    ---\n    mcflow: 1\n\nRight:\n\n    mcflow: 1\n",
        help="remove the line; quote a value that begins with %",
    ),
    "MC0135": Code(
        "the anchor &{name} is set twice",
        "Which of the two an alias repeats would depend on its place.\n\nWrong:\n\n    a: &x 1\n    b: &x 2\n\nRight:\n\n    a: &x 1\n    b: &y 2\n",
        help="give one of them another name",
    ),
    "MC0136": Code(
        "the text block cannot begin like this: {problem}",
        "After | or > come at most a sign (- or +), one digit for the indentation and a comment; the text begins on the next line, indented.\n\n"
        "Wrong:\n\n    user_data: | #!/bin/sh echo hi\n\nRight:\n\n    user_data: |\n      #!/bin/sh\n      echo hi\n",
        help="begin the text on the next line, indented",
    ),
    "MC0137": Code(
        "a value is missing here: found {found}",
        "A comma, a colon or a bracket stands where a value must be.\n\nWrong:\n\n    ports: [, 80]\n\nRight:\n\n    ports: [80]\n",
        help="write the value, or remove what stands before it",
    ),
    "MC0138": Code(
        "the document ended before this: found {found}",
        "The text above is complete, and this belongs to nothing: often a line that is less indented than the first, a text followed by a key, "
        "or a bracket too many.\n\nWrong:\n\n    [1, 2]]\n\nRight:\n\n    [1, 2]\n",
        help="check the brackets and the indentation of the first lines",
    ),
    "MC0139": Code(
        "& and * need a name of letters and digits",
        "`&name` marks a node and `*name` repeats it. Text that begins with one of them must be quoted.\n\n"
        "Wrong:\n\n    pattern: *.example.com\n\nRight:\n\n    pattern: \"*.example.com\"\n",
        help="quote the value if it is text",
    ),
    "MC0140": Code(
        "{found} stands after the closing quote",
        "A quoted value ends with its quote; nothing but a comment may follow. A quote inside single quotes is written twice.\n\n"
        "Wrong:\n\n    name: 'it's'\n\n    path: \"a\" b\n\nRight:\n\n    name: 'it''s'\n\n    path: \"a b\"\n",
        help="quote the whole value; inside single quotes write a quote twice",
    ),
}
