"""MC02xx: a document does not follow its schema: unknown or missing properties, wrong types, formats and units."""

from __future__ import annotations

from mcflow.model.codes.code import Code

CODES: dict[str, Code] = {
    "MC0201": Code(
        "there is no blueprint at {path}",
        """mcflow reads mcflow.yaml in the current folder, or the file (or folder) given with -f.

Wrong:  mcflow plan                  # in a folder without mcflow.yaml
Right:  mcflow plan -f shop/mcflow.yaml
        mcflow init                  # writes a first one""",
        "name the file with -f, or write a first one with `mcflow init`",
    ),
    "MC0202": Code(
        "a blueprint is a mapping, this file is {kind}",
        """The top of a blueprint is a mapping with the keys mcflow, name, resources and so on.

Wrong:  - vpc
        - subnet
Right:  mcflow: 1
        name: shop
        resources: {}""",
        "begin with `mcflow: 1` and `name: …`",
    ),
    "MC0203": Code(
        "unknown key `{key}` in {what}",
        """The schema knows no such key there. Nothing unknown is ever ignored: it could be a misspelt setting that you rely on.

Wrong:  properties: {cdir: 10.0.0.0/16}
Right:  properties: {cidr: 10.0.0.0/16}""",
        "known here: {known}",
    ),
    "MC0204": Code(
        "`{key}` is missing in {what}",
        """The schema requires this key. A value of null counts as absent.

Wrong:  net: {type: vpc, properties: {}}
Right:  net: {type: vpc, properties: {cidr: 10.0.0.0/16}}""",
        "add `{key}`",
    ),
    "MC0205": Code(
        "`{property}` must be {expected}, not {actual}",
        """The value has another type than the schema asks for.

Wrong:  inbound: {protocol: tcp}        # a mapping where a list of rules is expected
Right:  inbound: [{protocol: tcp}]""",
        "write {expected}",
    ),
    "MC0206": Code(
        "`{property}` must be true or false, not the word {value}",
        """mcflow reads YAML 1.2, in which only true and false are booleans: yes, no, on and off are text. Other tools read them as
booleans, and read the country code NO as false; mcflow never guesses.

Wrong:  internet: no
Right:  internet: false""",
        "write true or false",
    ),
    "MC0207": Code(
        "`{property}` must be a number, but it is quoted",
        """A quoted number is text. Where the schema asks for a number, write it without quotes.

Wrong:  size_gib: "20"
Right:  size_gib: 20""",
        "take the quotes away",
    ),
    "MC0208": Code(
        "`{property}` is a plain number ({unit}), not {value}",
        """Sizes and times are numbers; the unit is in the property's name or its description.

Wrong:  size_gib: 20GB
Right:  size_gib: 20""",
        "write only the number, in: {unit}",
    ),
    "MC0209": Code(
        "`{property}` cannot be {value}",
        """Only certain values are allowed there.

Wrong:  protocol: http
Right:  protocol: tcp""",
        "allowed: {allowed}",
    ),
    "MC0210": Code(
        "`{property}` is too small: {value}",
        """The number is below what the schema allows.

Wrong:  size_gib: 0
Right:  size_gib: 1""",
        "it must be {limit}",
    ),
    "MC0211": Code(
        "`{property}` is too large: {value}",
        """The number is above what the schema allows.

Wrong:  ports: 70000
Right:  ports: 443""",
        "it must be {limit}",
    ),
    "MC0212": Code(
        "`{property}` is no network: {value}",
        """An address range is written in CIDR notation: an address, a slash and the length of the prefix. IPv4 parts go from 0 to 255
without leading zeros, prefixes to 32 (IPv6: 128).

Wrong:  cidr: 10.0.0.0/33
        cidr: 10.0.0.0
Right:  cidr: 10.0.0.0/16""",
        "write {expected}",
    ),
    "MC0213": Code(
        "`{property}` has bits set beyond its prefix: {value}",
        """A network's address has zeros where the prefix ends. Some clouds cut the rest off silently, others refuse; mcflow asks you to say what you
mean.

Wrong:  cidr: 10.0.0.5/16
Right:  cidr: 10.0.0.0/16     # the network
        cidr: 10.0.0.5/32     # one address""",
        "the network is {network}",
    ),
    "MC0214": Code(
        "`{property}` is no IP address: {value}",
        """One IPv4 or IPv6 address is expected, without a prefix length.

Wrong:  private_ip: 10.0.1.300
Right:  private_ip: 10.0.1.30""",
        "write {expected}",
    ),
    "MC0215": Code(
        "`{property}` is no port and no range of ports: {value}",
        """A port is a number from 1 to 65535; a range is two of them with a hyphen, the smaller one first.

Wrong:  ports: 8080-8000
        ports: "80,443"
Right:  ports: 8000-8080
        ports: [80, 443]""",
        "write {expected}; several as a list",
    ),
    "MC0216": Code(
        "`{property}` is no duration: {value}",
        """A duration is a whole number and a unit: s, m, h or d.

Wrong:  create: 20 minutes
Right:  create: 20m""",
        "write {expected}",
    ),
    "MC0217": Code(
        "`{property}` is not written as it must be: {value}",
        """The text does not have the form that the schema asks for.

Wrong:  name: My Shop
Right:  name: my-shop""",
        "write {expected}",
    ),
    "MC0218": Code(
        "`{property}` is too short",
        """The text, list or mapping has fewer characters or entries than the schema asks for.

Wrong:  subnet: ""
Right:  subnet: "{{ resources.app }}" """,
        "it must have {limit}",
    ),
    "MC0219": Code(
        "`{property}` is too long ({actual})",
        """The text, list or mapping has more characters or entries than the schema allows.

Wrong:  a description of 300 characters
Right:  one of 255""",
        "it must have {limit}",
    ),
    "MC0220": Code(
        "`{property}` names {item} twice",
        """The order of this list means nothing, and an entry in it twice means nothing either: it is probably a slip.

Wrong:  security_groups: ["{{ resources.web }}", "{{ resources.web }}"]
Right:  security_groups: ["{{ resources.web }}"]""",
        "take one away",
    ),
    "MC0221": Code(
        "`{property}` says things that exclude each other",
        """Of some keys only one may be given.

Wrong:  {protocol: tcp, cidr: 10.0.0.0/8, security_group: self}
Right:  - {protocol: tcp, cidr: 10.0.0.0/8}
        - {protocol: tcp, security_group: self}""",
        "give {expected}",
    ),
    "MC0222": Code(
        "{property} says too little",
        """One of several keys is needed.

Wrong:  data: {type: disk, properties: {type: ssd}}
Right:  data: {type: disk, properties: {type: ssd, size_gib: 20}}""",
        "give {expected}",
    ),
    "MC0223": Code(
        "`{property}` is none of what may stand there: {value}",
        """The value fits none of the forms that the schema allows.

Wrong:  spec: [2, 4]
Right:  spec: {vcpus: 2, memory_gib: 4}
        spec: t3.medium""",
        "allowed: {expected}",
    ),
    "MC0224": Code(
        "`{key}` cannot be a key of {what}",
        """Keys of a map of tags have 1 to 128 characters; those that begin with `mcflow-` are mcflow's own marks.

Wrong:  tags: {mcflow-state: x}
Right:  tags: {state: x}""",
        "choose another key",
    ),
    "MC0225": Code(
        "an expression cannot stand here",
        """What shapes the blueprint itself (names, types, depends_on, the declarations of variables) is read before any expression is
evaluated. depends_on takes plain names of resources.

Wrong:  depends_on: ["{{ resources.net }}"]
Right:  depends_on: [net]""",
        "write {expected}",
    ),
    "MC0226": Code(
        "this mcflow does not know version {value} of the blueprint language",
        """The key `mcflow` says which version of the language the blueprint is written in. There is one so far: 1.

Wrong:  mcflow: 2
Right:  mcflow: 1""",
        "write `mcflow: 1`, or use an mcflow that knows that version",
    ),
    "MC0227": Code(
        "`{property}` must be a list",
        """One value stands where a list is expected. A list of one is a list too.

Wrong:  security_groups: "{{ resources.web }}-group"
Right:  security_groups: ["{{ resources.web }}"]""",
        "put it in brackets",
    ),
    "MC0228": Code(
        "`{property}` takes a {expected}, but {target} is a {found}",
        """A property that names another resource takes a handle of a certain type.

Wrong:  subnet: "{{ resources.net }}"       # net is a vpc
Right:  subnet: "{{ resources.app }}"       # app is a subnet in it""",
        "name a {expected}",
    ),
    "MC0229": Code(
        "`{property}` is given the id of {target} instead of {target} itself",
        """An id is only text: mcflow then knows nothing else about what it names, cannot check it and cannot follow it to its connection.
A handle is the whole resource.

Wrong:  vpc: "{{ resources.net.id }}"
Right:  vpc: "{{ resources.net }}" """,
        "leave .id away",
        "warning",
    ),
    "MC0230": Code(
        "`{property}` of {type} is set by the cloud",
        """The cloud decides this attribute; it can be read but not written.

Wrong:  properties: {state: available}
Right:  read it as resources.<name>.state""",
        "take it away",
    ),
    "MC0231": Code(
        "`{property}` is no regular expression: {value}",
        """The pattern cannot be compiled.

Wrong:  pattern: "[a-z"
Right:  pattern: "[a-z]+" """,
        "mind brackets and backslashes; quote the pattern with single quotes",
    ),
    "MC0232": Code(
        "`{name}` is a key of a later version of mcflow",
        """The language keeps this word for something that this version cannot do yet. Ignoring it would do less than the blueprint says.

Wrong:  import: {…}
Right:  leave the section out""",
        "take the section away",
    ),
    "MC0233": Code(
        "`{property}` stands beside `properties`, not in it",
        """What a resource shall be stands under `properties`; beside it stand connection, for_each, when, depends_on, lifecycle and so on.

Wrong:  net: {type: vpc, cidr: 10.0.0.0/16}
Right:  net: {type: vpc, properties: {cidr: 10.0.0.0/16}}""",
        "move it under `properties`",
    ),
    "MC0234": Code(
        "`{property}` is a secret and stands in the blueprint in clear",
        """A blueprint is read by many and kept for ever. A secret comes in as a sensitive variable (or, where mcflow can make
one up, not at all).

Wrong:  password: hunter22
Right:  variables: {admin_password: {type: string, sensitive: true}}
        …
        password: "{{ vars.admin_password }}" """,
        "declare a variable with `sensitive: true` and use that",
    ),
    "MC0235": Code(
        "`{property}` takes a plain value, but is given the whole of {target} (a {found})",
        """A handle stands for a whole resource. Where text or a number is expected, name an attribute of it.

Wrong:  user_data: "{{ resources.db }}"
Right:  user_data: "{{ resources.db.private_ip }}" """,
        "name one of its outputs: {known}",
    ),
    "MC0236": Code(
        "`{property}` must be {expected}; what it is given will be {actual}",
        """The value is known only after apply, but its type is known already, and it does not fit.

Wrong:  size_gib: "{{ resources.web.private_ip }}"
Right:  size_gib: 20""",
        "give it {expected}",
    ),
    "MC0237": Code(
        "resource {name} must be a mapping with `type` and `properties`",
        """Each entry under `resources` is a name and a mapping.

Wrong:  resources: {net: vpc}
Right:  resources: {net: {type: vpc, properties: {cidr: 10.0.0.0/16}}}""",
        "write `type:` and `properties:` below the name",
    ),
    "MC0238": Code(
        "what stands under `{driver}` must be native keys with their attributes",
        """Under a driver's name stand settings that only its cloud has, by the key of the native resource that they reach.

Wrong:  aws: {placement: {tenancy: dedicated}}
Right:  aws: {instance: {placement: {tenancy: dedicated}}}""",
        "write `{driver}: {{<native key>: {{<attribute>: …}}}}`",
    ),
    "MC0239": Code(
        "{count} more resources are wrong",
        """Only the first resources with mistakes are explained one by one. Mend those and look again.

Wrong:  scrolling for the rest; it is likely the same slip, copied
Right:  mend the first ones, then `mcflow validate`""",
        "mend the others first",
    ),
    "MC0240": Code(
        "`{property}` cannot take {target} as it is: that is all instances of its for_each",
        """The name of a resource with for_each means all of its instances, as a map from key to handle.

Wrong:  attach_to: "{{ resources.web }}"            # web has for_each
Right:  attach_to: '{{ resources.web["0"] }}'
        targets: "{{ resources.web.values() | list }}" """,
        "name one instance by its key, or take all with .values()",
    ),
}
