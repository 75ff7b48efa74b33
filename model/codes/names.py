"""MC03xx: names, references, dependencies, variables, cycles."""

from __future__ import annotations

from mcflow.model.codes.code import Code

CODES: dict[str, Code] = {
    "MC0301": Code(
        "there is no resource type `{type}`",
        """A type is a portable one (vpc, subnet, vm, …) or a native one of an installed driver (aws.internet_gateway, …).

Wrong:  type: virtual_machine
Right:  type: vm""",
        "see `mcflow schema` and `mcflow driver show <driver>`",
    ),
    "MC0302": Code(
        "there is no driver `{driver}` for the type `{type}`",
        """A native type begins with the name of its driver and a dot.

Wrong:  type: amazon.vpc
Right:  type: aws.vpc""",
        "installed: {known}",
    ),
    "MC0303": Code(
        "`{name}` cannot be the name of a {kind}",
        """A name begins with a letter or an underscore; letters, digits, underscores and hyphens follow, 128 in all.

Wrong:  resources: {"web server": {…}}
Right:  resources: {web_server: {…}}""",
        "use letters, digits, _ and -",
    ),
    "MC0304": Code(
        "two names of a {kind} differ only in case: `{name}` and `{other}`",
        """Several clouds and file systems do not tell capitals from small letters, so neither do the names of a blueprint.

Wrong:  resources: {web: {…}, Web: {…}}
Right:  resources: {web: {…}, web_two: {…}}""",
        "rename one",
    ),
    "MC0305": Code(
        "there is no resource `{name}`",
        """The expression names a resource that the blueprint does not have.

Wrong:  vpc: "{{ resources.network }}"       # it is called net
Right:  vpc: "{{ resources.net }}" """,
        "resources: {known}",
    ),
    "MC0306": Code(
        "there is no variable `{name}`",
        """The expression reads a variable that is not declared under `variables`.

Wrong:  "{{ vars.sise }}"
Right:  "{{ vars.size }}"      # with variables: {size: {type: integer}}""",
        "variables: {known}",
    ),
    "MC0307": Code(
        "there is no local `{name}`",
        """The expression reads a local that is not written under `locals`.

Wrong:  "{{ locals.prefx }}"
Right:  "{{ locals.prefix }}"  # with locals: {prefix: shop}""",
        "locals: {known}",
    ),
    "MC0308": Code(
        "{name} (a {type}) has no output `{attribute}`",
        """After the name of a resource stands one of the outputs of its type, or inputs.<property>, or native.<key>.<attribute>.

Wrong:  "{{ resources.web.ip }}"
Right:  "{{ resources.web.private_ip }}" """,
        "it has: {known}",
    ),
    "MC0309": Code(
        "there is no data block `{name}`",
        """`data` is for what is looked up in a cloud. This version of the language has no data blocks yet.

Wrong:  "{{ data.image.id }}"
Right:  a variable: "{{ vars.image }}" """,
        "give the value as a variable",
    ),
    "MC0310": Code(
        "`each` means something only in a resource with for_each",
        """each.key and each.value are those of the instance that is being made.

Wrong:  web: {type: vm, properties: {name: "web-{{ each.key }}"}}
Right:  web: {type: vm, for_each: [a, b], properties: {name: "web-{{ each.key }}"}}""",
        "add `for_each`, or name the value otherwise",
    ),
    "MC0311": Code(
        "`each` has `key` and `value`, not `{name}`",
        """each.key is always a string; each.value is the entry of the map or the item of the list.

Wrong:  "{{ each.index }}"
Right:  "{{ each.key }}" """,
        "write each.key or each.value",
    ),
    "MC0312": Code(
        "{name} is made once per item; whose `{attribute}` is meant?",
        """A resource with for_each is a map from key to instance. Name one instance, or go through all of them.

Wrong:  "{{ resources.web.private_ip }}"
Right:  '{{ resources.web["0"].private_ip }}'
        "{{ resources.web.values() | map(attribute='private_ip') | list }}" """,
        "put the key in brackets behind the name",
    ),
    "MC0313": Code(
        "{name} has no instance `{key}`",
        """The keys of a resource's instances come from its for_each: the keys of a map, or the items of a list as strings.

Wrong:  '{{ resources.web["c"].id }}'       # for_each: [a, b]
Right:  '{{ resources.web["b"].id }}'""",
        "its keys: {known}",
    ),
    "MC0314": Code(
        "depends_on names `{name}`, which is no resource",
        """depends_on is a list of names of resources of this blueprint.

Wrong:  depends_on: [gatway]
Right:  depends_on: [gateway]""",
        "resources: {known}",
    ),
    "MC0315": Code(
        "{name} depends on itself",
        """A resource cannot wait for itself.

Wrong:  web: {type: vm, depends_on: [web]}
Right:  web: {type: vm}""",
        "take it out of depends_on",
    ),
    "MC0316": Code(
        "these resources need each other in a circle: {loop}",
        """None of them can be made first. Every place that makes the circle is shown. Rules of security groups are set after creation,
so groups may name each other; other properties are not.

Wrong:  a: {type: vm, depends_on: [b]}
        b: {type: vm, depends_on: [a]}
Right:  leave one of the two away""",
        "break the circle at one of the places shown",
    ),
    "MC0317": Code(
        "these locals need each other in a circle: {loop}",
        """A local's value cannot depend on itself.

Wrong:  locals: {a: "{{ locals.b }}", b: "{{ locals.a }}"}
Right:  locals: {a: one, b: "{{ locals.a }}"}""",
        "give one of them a value of its own",
    ),
    "MC0318": Code(
        "the defaults of these variables need each other in a circle: {loop}",
        """A default may use other variables, but not one whose default uses it.

Wrong:  variables: {a: {default: "{{ vars.b }}"}, b: {default: "{{ vars.a }}"}}
Right:  variables: {a: {default: one}, b: {default: "{{ vars.a }}"}}""",
        "give one of them a plain default",
    ),
    "MC0319": Code(
        "variable {name} is not used",
        """Nothing in the blueprint reads it. It may be left over, or a name may be misspelt where it was meant.

Wrong:  variables: {size: {type: integer, default: 2}}      # and no vars.size anywhere
Right:  for_each: "{{ range(vars.size) }}" """,
        "use it, or take it away",
        "warning",
    ),
    "MC0320": Code(
        "the blueprint has no variable `{name}` (given by {source})",
        """Values are given for declared variables only: a misspelt name would otherwise leave the default in force without a word.

Wrong:  mcflow plan --var sise=3
Right:  mcflow plan --var size=3""",
        "variables: {known}",
    ),
    "MC0321": Code(
        "variable {name} has no value",
        """The variable has no default, and no value was given.

Right:  mcflow plan --var size=3
        mcflow plan --var-file test.yaml        # with a line: size: 3
        MCFLOW_VAR_size=3 mcflow plan""",
        "give it with --var {name}=…, in a --var-file, or as {variable} in the environment; or declare a default",
    ),
    "MC0322": Code(
        "variable {name} (from {source}) cannot be read as {type}: {text}",
        """What is given on the command line or in the environment is text, read as the declared type: integers and numbers in digits, booleans
as true or false, lists and maps as YAML or JSON.

Wrong:  --var size=three
Right:  --var size=3
        --var 'zones=[a, b]'""",
        "{reason}",
    ),
    "MC0325": Code(
        "variable {name} is refused: {message}",
        """One of the variable's own checks (`validation`) is not true for the value given.

variables:
  size: {type: integer, validation: [{check: "{{ vars.size % 2 == 0 }}", message: must be even}]}
Wrong:  --var size=3
Right:  --var size=4""",
        "give another value",
    ),
    "MC0326": Code(
        "the check of variable {name} gives {value}, not true or false",
        """A check is an expression that is true for good values.

Wrong:  check: "{{ vars.size }}"
Right:  check: "{{ vars.size > 0 }}" """,
        "compare, so that the result is true or false",
    ),
    "MC0327": Code(
        "--var {text} is not name=value",
        """A variable is given as its name, an equals sign and the value, in one argument.

Wrong:  --var size 3
Right:  --var size=3""",
        "write --var name=value",
    ),
    "MC0328": Code(
        "{file} is not a mapping of variables",
        """A file of variables is a YAML or JSON mapping from names to values.

Wrong:  - size=3
Right:  size: 3""",
        "write `name: value`, one a line",
    ),
    "MC0329": Code(
        "there is no file {file} to read variables from",
        """The file named by --var-file does not exist.

Wrong:  --var-file tset.yaml
Right:  --var-file test.yaml""",
        "name an existing file",
    ),
    "MC0330": Code(
        "for_each goes through a map or a list of scalars, not {actual}",
        """Each instance has a key: that of the map's entry, or the list's item as a string. Lists of mappings have no such key; make a map.

Wrong:  for_each: [{name: a}, {name: b}]
Right:  for_each: {a: {…}, b: {…}}""",
        "use a map, whose keys name the instances",
    ),
    "MC0331": Code(
        "two items of for_each have the key `{key}`",
        """Keys are the items as strings, so 1 and "1" are the same key; every instance needs its own.

Wrong:  for_each: [a, a]
Right:  for_each: [a, b]""",
        "take one away, or use a map",
    ),
    "MC0332": Code(
        "`{attribute}` is a property of {name}, not an output",
        """Outputs (what the cloud made of it) are read as resources.x.<output>, properties (what the blueprint asked for) as
resources.x.inputs.<property>.

Wrong:  "{{ resources.web.power }}"
Right:  "{{ resources.web.inputs.power }}" """,
        "read it through .inputs",
    ),
    "MC0333": Code(
        "`run` has no `{name}`",
        """Under `run` stand facts of this run.

Wrong:  "{{ run.env }}"
Right:  "{{ run.environment }}" """,
        "it has: {known}",
    ),
    "MC0334": Code(
        "resources cannot be read here",
        """Variables, tags and the place of the state are needed before there are resources.

Wrong:  variables: {net: {default: "{{ resources.net.id }}"}}
Right:  locals: {net: "{{ resources.net.id }}"}""",
        "use a local, or write it where it is needed",
    ),
    "MC0335": Code(
        "ignore_changes names `{property}`, which {type} has not",
        """ignore_changes is `all`, or a list of properties of the resource's type.

Wrong:  ignore_changes: [user-data]
Right:  ignore_changes: [user_data]""",
        "properties: {known}",
    ),
    "MC0337": Code(
        "`{constraint}` means nothing for a variable of type {type}",
        """Each constraint belongs to certain types: minimum and maximum to numbers, pattern to strings, items to lists, properties to objects.

Wrong:  size: {type: integer, pattern: "[0-9]+"}
Right:  size: {type: integer, minimum: 0}""",
        "it is for {kinds}",
    ),
    "MC0338": Code(
        "`{environment}` cannot be the name of an environment",
        """The name of an environment is part of the place of its state: letters, digits, dots, hyphens and underscores, 63 in all.

Wrong:  -e ../prod
Right:  -e prod""",
        "use letters, digits, . - and _",
    ),
    "MC0339": Code(
        "local {name} is not used",
        """Nothing in the blueprint reads it.

Wrong:  locals: {prefix: shop}         # and no locals.prefix anywhere
Right:  name: "{{ locals.prefix }}-web" """,
        "use it, or take it away",
        "warning",
    ),
    "MC0340": Code(
        "which resource is meant must be written out",
        """The order of work follows from the names in expressions, so the name of a resource cannot be computed. The key of an instance can.

Wrong:  "{{ resources[vars.which].id }}"
Right:  "{{ resources.web[vars.which].id }}"      # web has for_each""",
        "write resources.<name>",
    ),
    "MC0341": Code(
        "{name} (a {type}) has no property `{attribute}`",
        """inputs.<property> reads what the blueprint asked for, so it must be a property of the type.

Wrong:  "{{ resources.net.inputs.cdir }}"
Right:  "{{ resources.net.inputs.cidr }}" """,
        "properties: {known}",
    ),
    "MC0342": Code(
        "the driver {driver} has no type `{type}`",
        """Native types are called as the cloud's own API calls them, in snake case.

Wrong:  type: aws.network
Right:  type: aws.vpc""",
        "see `mcflow driver show {driver}`",
    ),
    "MC0343": Code(
        "local {name}, which is read here, cannot be evaluated: {problem}",
        """Locals are evaluated when they are first read. This one reads something that is not there, or computes something that cannot be.

Wrong:  locals: {first: "{{ resources.web['x'].id }}"}        # web has no instance x
Right:  locals: {first: "{{ resources.web['0'].id }}"}""",
        "mend the local",
    ),
    "MC0350": Code(
        "the state cannot be kept in two places: `{first}` and `{second}`",
        """A state has one store. Without any it is in files beside the blueprint.

Wrong:  state: {s3: {bucket: acme-state}, postgresql: {service: ops}}
Right:  state: {s3: {bucket: acme-state}}""",
        "keep one; `mcflow state migrate` takes a state from one store to another",
    ),
    "MC0351": Code(
        "`{name}` of the state's store is a secret written out in a file",
        """A blueprint is shared and committed, so what opens the store of its state is never written there: the store is opened with the
ordinary credentials of its cloud (profile, single sign-on, role, environment, ~/.pgpass).

Wrong:  state: {postgresql: {url: "postgresql://deploy:hunter2@db/ops"}}
Right:  state: {postgresql: {url: "postgresql://deploy@db/ops", password: "env:DB_PASSWORD"}}
Right:  state: {s3: {bucket: acme-state, profile: deploy}}""",
        "take it out, and change the secret, it has been seen; a password is given as env:NAME, file:PATH or keyring:SERVICE/NAME",
    ),
    "MC0352": Code(
        "`{name}` of the state's store is sensitive, and where a state is kept is shown",
        """Messages say where the state is, so what must stay secret cannot be a part of that.

Wrong:  state: {s3: {bucket: "{{ vars.bucket }}"}}      # bucket: {type: string, sensitive: true}
Right:  bucket: {type: string}""",
        "declare the variable without `sensitive`",
    ),
    "MC0353": Code(
        "a lease of {written} is too short",
        """A writer shows several times within its lease that it lives. Below 5 seconds a slow answer of the store would end a healthy run.

Wrong:  state: {s3: {bucket: acme-state}, lease: 1s}
Right:  state: {s3: {bucket: acme-state}, lease: 30s}""",
        "write 5s or more; 30s is the default",
    ),
}
