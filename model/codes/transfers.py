"""MC0244 to MC0259: `moved`, `removed` and `import` as they are written."""

from __future__ import annotations

from mcflow.model.codes.code import Code

CODES: dict[str, Code] = {
    "MC0244": Code(
        title="`{text}` is no address that can stand here: {problem}",
        help="Write `name`, `name[\"key\"]` or, for one native, `name/role`.",
        explain="""`moved`, `removed` and `import` name things by their addresses, as the plan shows them.

Wrong:
    moved: [{from: "web[0]", to: "web[a]"}]
Right:
    moved: [{from: 'web["0"]', to: 'web["a"]'}]
""",
    ),
    "MC0245": Code(
        title="`{source}` cannot become `{target}`: one is a native of a resource, the other a whole resource",
        help="Move a resource to a resource, and a native to a native.",
        explain="""An address with a role (`box/instance`) is one native; without one it is a resource with all its natives.

Wrong:
    moved: [{from: box/instance, to: machine}]
Right:
    moved: [{from: box, to: machine}]
""",
    ),
    "MC0246": Code(
        title="`{source}` is {what} and still in the blueprint",
        help="Take it out of `resources`, or take this entry away.",
        explain="""What has moved away or was removed cannot be wanted at the same address.

Wrong:
    resources: {old: {type: vpc, properties: {cidr: 10.0.0.0/16}}}
    removed: [{from: old, destroy: false}]
Right:
    resources: {}
    removed: [{from: old, destroy: false}]
""",
    ),
    "MC0247": Code(
        title="there is no resource `{name}` in the blueprint",
        help="Declared are: {known}.",
        explain="""What is moved or imported becomes a resource of the blueprint, so it must be declared there.

Wrong:
    moved: [{from: old, to: nw}]
    resources: {new: {type: vpc, properties: {cidr: 10.0.0.0/16}}}
Right:
    moved: [{from: old, to: new}]
    resources: {new: {type: vpc, properties: {cidr: 10.0.0.0/16}}}
""",
    ),
    "MC0248": Code(
        title="`{what}` is named twice",
        help="Say one thing about each address.",
        explain="""Two moves from one address, or to one address, two removals or two imports of one resource contradict each other.

Wrong:
    moved: [{from: a, to: b}, {from: a, to: c}]
Right:
    moved: [{from: a, to: b}]
""",
    ),
    "MC0249": Code(
        title="the import of `{to}` needs either `id` or `ids`",
        help="Write `id: …`, or `ids: {{role: …, role: …}}` where one id does not tell everything.",
        explain="""`id` is the cloud's id of the object; of a portable resource, of the native that its own id is. `ids` names natives by role.

Wrong:
    import: [{to: net}]
Right:
    import: [{to: net, id: vpc-0123}]
""",
    ),
    "MC0250": Code(
        title="`{source}` is moved to where it is",
        help="Take the entry away, or write where it comes from.",
        explain="""A move has two different addresses.

Wrong:
    moved: [{from: net, to: net}]
Right:
    moved: [{from: network, to: net}]
""",
    ),
}
