"""MC04xx: expressions and templates."""

from __future__ import annotations

from mcflow.model.codes.code import Code

CODES: dict[str, Code] = {
    "MC0401": Code(
        "the expression cannot be read: {problem}",
        "Between {{ and }} stands one expression: names, texts in quotes, numbers, operators, function calls and filters.\n\n"
        "Wrong:\n\n    count: \"{{ vars.size + }}\"\n\nRight:\n\n    count: \"{{ vars.size + 1 }}\"\n",
        help="complete the expression",
    ),
    "MC0402": Code(
        "this {{{{ is never closed",
        "An expression begins with {{ and ends with }}, in the same scalar.\n\nWrong:\n\n    name: \"{{ vars.name\"\n\nRight:\n\n"
        "    name: \"{{ vars.name }}\"\n\nTwo braces as text:\n\n    name: \"{{ '{{' }}\"\n",
        help="close it with }}}}",
    ),
    "MC0403": Code(
        "statements ({{% {statement} %}}) are not evaluated",
        "The structure of a blueprint is YAML's. Repetition is `for_each`, a condition is `when` or `a if b else c` inside an expression.\n\n"
        "Wrong:\n\n    name: \"{% if vars.big %}large{% else %}small{% endif %}\"\n\nRight:\n\n"
        "    name: \"{{ 'large' if vars.big else 'small' }}\"\n\nAs text: \"{{ '{%' }}\".\n",
        help="use for_each or when, or `a if b else c` in an expression",
    ),
    "MC0404": Code(
        "template comments ({{# #}}) are not read",
        "A comment in a blueprint is YAML's, outside of quotes.\n\nWrong:\n\n    name: \"web {# the front #}\"\n\nRight:\n\n    name: web   # the front\n\n"
        "As text: \"{{ '{#' }}\".\n",
        help="write it as a YAML comment: # …",
    ),
    "MC0405": Code(
        "the expression asks for too much: {what}",
        "Every expression has limits on its size, on the work it does and on what it makes, so that no blueprint can hang a run or fill memory.\n\n"
        "Wrong:\n\n    list: \"{{ range(10000000) }}\"\n\nRight: name parts under `locals`, or use for_each.\n",
        help="name parts of it under locals, or make it smaller",
    ),
    "MC0406": Code(
        "the expression is empty",
        "Between {{ and }} stands an expression.\n\nWrong:\n\n    name: \"{{ }}\"\n\nRight:\n\n    name: \"{{ vars.name }}\"\n",
        help="write what should stand here",
    ),
    "MC0407": Code(
        "{what} is not part of the language",
        "Expressions are a small part of Jinja2: names, literals, + - * / // % ~, comparisons, and or not, if else, functions, filters and tests.\n\n"
        "Wrong:\n\n    size: \"{{ 2 ** 3 }}\"\n\nRight:\n\n    size: \"{{ 2 * 2 * 2 }}\"\n",
        help="see the list of functions and operators in the documentation",
    ),
    "MC0408": Code(
        "this is no expression of mcflow: it begins with a dot",
        "Templates of other tools (Go, Helm, docker --format) use the same braces. To pass them through, write the braces as text.\n\n"
        "Wrong:\n\n    command: \"docker ps --format {{.Names}}\"\n\nRight:\n\n    command: \"docker ps --format {{ '{{' }}.Names}}\"\n",
        help="if it belongs to another tool, write the first two braces as {{{{ '{{{{' }}}}",
    ),
    "MC0409": Code(
        "keys are not expressions: {key}",
        "Only values are evaluated; keys are fixed, so that the structure of a blueprint can be read without running it.\n\n"
        "Wrong:\n\n    tags:\n      \"{{ vars.key }}\": x\n\nRight:\n\n    tags: \"{{ zipmap([vars.key], ['x']) }}\"\n",
        help="make the whole mapping an expression, for instance with zipmap() or merge()",
    ),
    "MC0410": Code(
        "'{name}' is not known here",
        "An expression begins with one of the roots: vars, locals, env, resources, data, each, run.\n\n"
        "Wrong:\n\n    vpc: \"{{ net }}\"\n\nRight:\n\n    vpc: \"{{ resources.net }}\"\n",
        help="names here begin with: {known}; text stands in quotes",
    ),
    "MC0411": Code(
        "{shown} has no '{name}'",
        "The name is not there. A key with a dash or a dot is written in brackets.\n\nWrong:\n\n    cidr: \"{{ vars.adress }}\"\n\n"
        "    vpc: \"{{ resources.my-net }}\"\n\nRight:\n\n    cidr: \"{{ vars.address }}\"\n\n    vpc: \"{{ resources['my-net'] }}\"\n",
        help="it has: {known}",
    ),
    "MC0412": Code(
        "'each' exists only in a resource with for_each",
        "`each.key` and `each.value` are what for_each goes over.\n\nWrong:\n\n    web:\n      type: vm\n      properties: {zone: \"{{ each.value }}\"}\n\n"
        "Right:\n\n    web:\n      type: vm\n      for_each: [a, b]\n      properties: {zone: \"{{ each.value }}\"}\n",
        help="add for_each to the resource, or write the value",
    ),
    "MC0413": Code(
        "{shown} is null, so it has no '{name}'",
        "A resource whose `when` is false is null, as is a variable without a value.\n\n"
        "Wrong:\n\n    address: \"{{ resources.extra.address }}\"\n\nRight:\n\n    address: \"{{ resources.extra.address | default('none') }}\"\n",
        help="add | default(…), or ask with `is none`",
    ),
    "MC0414": Code(
        "{shown} is {kind}, so it has no '{name}'",
        "Only mappings, lists and resources have an inside. Functions are written as filters.\n\n"
        "Wrong:\n\n    name: \"{{ vars.name.upper }}\"\n\nRight:\n\n    name: \"{{ vars.name | upper }}\"\n",
        help="remove '.{name}'; functions are written as | name",
    ),
    "MC0415": Code(
        "{shown} is a list, so it has no '{name}'",
        "Items of a list are taken by number; an attribute of every item with map.\n\n"
        "Wrong:\n\n    ips: \"{{ locals.hosts.ip }}\"\n\nRight:\n\n    ips: \"{{ locals.hosts | map(attribute='ip') }}\"\n",
        help="write [0] for its first item, or | map(attribute='{name}') for every item's",
    ),
    "MC0416": Code(
        "{shown} has {count} items; there is no number {index}",
        "Items are numbered from 0; -1 is the last.\n\nWrong (two zones):\n\n    zone: \"{{ vars.zones[2] }}\"\n\nRight:\n\n    zone: \"{{ vars.zones[1] }}\"\n",
        help="items are numbered from 0",
    ),
    "MC0417": Code(
        "{shown} is a literal id: its '{name}' is not known",
        "A resource given by its cloud id is not managed here, so only the id is known.\n\n"
        "Wrong:\n\n    cidr: \"{{ resources.app.inputs.vpc.cidr }}\"    # vpc: vpc-0123\n\n"
        "Right: declare the resource in the blueprint and import it, or write the value.\n",
        help="import the resource into the blueprint, or write the value",
    ),
    "MC0418": Code(
        "a key or index must be text or an integer, this is {what}",
        "Mappings have text as keys, lists have integers.\n\nWrong:\n\n    x: \"{{ vars.map[true] }}\"\n\nRight:\n\n    x: \"{{ vars.map['true'] }}\"\n",
        help="use text for a mapping, an integer for a list",
    ),
    "MC0419": Code(
        "{shown} is a {kind}, which is neither true nor false",
        "A reference to a resource is no condition. Whether it exists is asked with `is none`.\n\n"
        "Wrong:\n\n    x: \"{{ 'a' if resources.extra else 'b' }}\"\n\nRight:\n\n    x: \"{{ 'a' if resources.extra is not none else 'b' }}\"\n",
        help="ask `is none` or `is not none`, or compare one of its attributes",
    ),
    "MC0420": Code(
        "{shown} is a reference to a {kind}, not data",
        "A reference can be given to a property that takes one. In text, comparisons and functions one of its attributes is needed.\n\n"
        "Wrong:\n\n    description: \"in {{ resources.net }}\"\n\nRight:\n\n    description: \"in {{ resources.net.id }}\"\n",
        help="read one of its attributes, for instance .{attribute}",
    ),
    "MC0421": Code(
        "'{name}' is a function and must be called",
        "A function stands with its arguments, or as a filter behind a value.\n\n"
        "Wrong:\n\n    n: \"{{ length }}\"\n\nRight:\n\n    n: \"{{ length(vars.zones) }}\"\n\n    n: \"{{ vars.zones | length }}\"\n",
        help="write {name}(…), or value | {name}",
    ),
    "MC0422": Code(
        "the condition does not hold and there is no else",
        "Without else the expression has no value when its condition is false.\n\n"
        "Wrong:\n\n    x: \"{{ 'a' if vars.big }}\"\n\nRight:\n\n    x: \"{{ 'a' if vars.big else 'b' }}\"\n",
        help="add else",
    ),
    "MC0423": Code(
        "'{operator}' cannot be applied: {problem}",
        "Operators take values of fitting types; nothing is converted silently.\n\n"
        "Wrong:\n\n    n: \"{{ '1' + 1 }}\"\n\nRight:\n\n    n: \"{{ int('1') + 1 }}\"\n\n    text: \"{{ 'web-' ~ 1 }}\"\n",
        help="convert one side: | int, | string, or put texts together with ~",
    ),
    "MC0424": Code(
        "'{name}' cannot be called",
        "Only the listed functions are called, and keys(), values(), items(), get() on mappings. There are no methods of texts and lists.\n\n"
        "Wrong:\n\n    name: \"{{ vars.name.upper() }}\"\n\nRight:\n\n    name: \"{{ vars.name | upper }}\"\n",
        help="use a function or filter of the library",
    ),
    "MC0425": Code(
        "there is no function '{name}'",
        "Only the functions of the library exist, each as function and as filter.\n\n"
        "Wrong:\n\n    name: \"{{ vars.name | capitalise }}\"\n\nRight:\n\n    name: \"{{ vars.name | title }}\"\n",
        help="see the list of functions in the documentation",
    ),
    "MC0426": Code(
        "wrong arguments for '{name}': {problem}",
        "The function takes other arguments than it was given.\n\n"
        "Wrong:\n\n    cidr: \"{{ cidrsubnet(vars.cidr) }}\"\n\nRight:\n\n    cidr: \"{{ cidrsubnet(vars.cidr, 8, 0) }}\"\n",
        help="check the arguments",
    ),
    "MC0427": Code(
        "{name}: {problem}",
        "The function cannot work with the value it was given.\n\n"
        "Wrong:\n\n    cidr: \"{{ cidrsubnet('10.0.0.0', 8, 0) }}\"\n\nRight:\n\n    cidr: \"{{ cidrsubnet('10.0.0.0/16', 8, 0) }}\"\n",
        help="check the value",
    ),
    "MC0428": Code(
        "there is no test '{name}'",
        "`is` asks one of a few questions.\n\nWrong:\n\n    x: \"{{ vars.a is empty }}\"\n\nRight:\n\n    x: \"{{ vars.a is none }}\"\n",
        help="tests are: {known}",
    ),
    "MC0430": Code(
        "{shown} cannot stand in text: {problem}",
        "In text, a text stands as it is, numbers plain, booleans as true or false. Null, lists and mappings have no one way to be written.\n\n"
        "Wrong:\n\n    description: \"zones {{ vars.zones }}\"\n\nRight:\n\n    description: \"zones {{ vars.zones | join(',') }}\"\n",
        help="say how: | join(',') for a list, | json for anything, | default('') for null",
    ),
}
