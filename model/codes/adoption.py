"""MC0651 to MC0679: `moved`, `removed` and `import` against the state and the clouds."""

from __future__ import annotations

from mcflow.model.codes.code import Code

CODES: dict[str, Code] = {
    "MC0651": Code(
        title="`{source}` cannot become `{target}`: it is a {was}, that is a {now}",
        help="A move keeps the object; another type is another object. Take the move away, and the old one is destroyed.",
        explain="""What moves stays what it is: nothing is created or replaced by a move.

Wrong:
    moved: [{from: net, to: app}]        # net was a vpc, app is a subnet
Right:
    moved: [{from: net, to: network}]    # both are a vpc
""",
    ),
    "MC0652": Code(
        title="`{source}` cannot be moved to `{target}`: the state has both",
        help="`mcflow state show` tells what they are; remove or rename one of them first.",
        explain="""The target of a move is taken by something that does not move away itself, or two things move to one address.

Wrong:
    moved: [{from: a, to: b}]      # while b has been applied too
Right:
    removed: [{from: b}]           # first; then move a
""",
    ),
    "MC0653": Code(
        title="`{address}` cannot be moved while an operation on it is not finished",
        help="Run `mcflow apply` without the move first: it settles what an earlier run left open.",
        explain="""The journal finds an unfinished operation again by its address.

Wrong (to rename what an interrupted run was working on).
Right: let `mcflow apply` finish it, then rename.
""",
    ),
    "MC0655": Code(
        title="`{source}` would be destroyed and `{target}`, which is just like it, created",
        help="If it was only renamed, keep it: moved: [{{from: {shown_source}, to: {shown_target}}}]",
        severity="note",
        explain="""A resource that has another name in the blueprint is another resource, unless `moved` says that it is the same.

Wrong (if it is to be kept):
    resources: {new: …}            # was: old
Right:
    resources: {new: …}
    moved: [{from: old, to: new}]
""",
    ),
    "MC0656": Code(
        title="there is no {type} `{id}` on connection {connection}",
        help="Check the id, the region and the account. What was made just now may not show yet: try again.{hint}",
        explain="""An import takes over an object that exists. It was looked for twice and was not there.

Wrong:
    import: [{to: net, id: vpc-of-another-region}]
Right:
    import: [{to: net, id: vpc-0123}]
""",
    ),
    "MC0657": Code(
        title="`{id}` is `{other}` of this state already",
        help="If it has another name now, write moved: [{{from: {other}, to: {address}}}] instead of an import.",
        explain="""One object has one address in a state.

Wrong:
    import: [{to: net, id: vpc-0123}]      # the state has it as network/vpc
Right:
    moved: [{from: network, to: net}]
""",
    ),
    "MC0658": Code(
        title="`{address}` is {have} already, it cannot be {id} too",
        help="`mcflow state show {address}` tells what it is. Take the import away, or forget the other first.",
        explain="""An address stands for one object. The state has another one there than the import names.

Wrong:
    import: [{to: net, id: vpc-other}]     # net is vpc-0123 in the state
Right:
    removed: [{from: net, destroy: false}] # first, without net in the blueprint; then import
""",
    ),
    "MC0659": Code(
        title="`{id}` ({address}) belongs to another mcflow state: its mark is {lineage}",
        help="Forget it there first (`removed` with `destroy: false`); forgetting leaves the mark on it. If it is forgotten there, or that state is "
        "no more: `force: true` on the import, or --take-over, which sets this state's mark.",
        explain="""Every object that mcflow makes carries the mark of its state. Two states that manage one object undo each other's work.

Wrong:
    import: [{to: net, id: vpc-0123}]                # another environment manages it
Right:
    import: [{to: net, id: vpc-0123, force: true}]   # it was forgotten there, or that state is lost for good
""",
    ),
    "MC0660": Code(
        title="`{address}` would be imported and {what} right away: {attributes}",
        help="Make the blueprint say what is there. To go on even so: `force: true` on the import, or --take-over.",
        explain="""What cannot be changed in place differs between the blueprint and the object: importing it would be the end of it.

Wrong:
    resources: {net: {type: vpc, properties: {cidr: 10.0.0.0/16}}}
    import: [{to: net, id: vpc-0123}]      # which has 10.9.0.0/16
Right:
    resources: {net: {type: vpc, properties: {cidr: 10.9.0.0/16}}}
""",
    ),
    "MC0661": Code(
        title="several {type} could be `{address}`: {candidates}",
        help="Say which: ids: {{{role}: {first}}}, beside the one that is named already.",
        explain="""A portable resource is several natives. One was named; the others are found by how they relate to it, and here several fit.

Wrong:
    import: [{to: app, id: subnet-1}]
Right:
    import: [{to: app, ids: {subnet: subnet-1, route_table: rtb-2}}]
""",
    ),
    "MC0662": Code(
        title="`{address}` has no native `{role}`",
        help="It has: {known}.",
        explain="""The keys of `ids` are roles, as `mcflow plan --full` shows them behind the slash. A native type takes `id` alone.
What `moved` brings to a role must be one of the resource, too.

Wrong:
    import: [{to: net, ids: {network: vpc-0123}}]
Right:
    import: [{to: net, ids: {vpc: vpc-0123}}]
""",
    ),
    "MC0663": Code(
        title="`{id}` could not be looked at for `{address}`: {reason}",
        help="Check the id and the permissions, and run it again.",
        explain="""The cloud refused to tell about an object that shall be imported.

Wrong:
    import: [{to: net, id: not-an-id}]
Right:
    import: [{to: net, id: vpc-0123}]
""",
    ),
    "MC0664": Code(
        title="`{address}`: {attributes} cannot be read back, so the blueprint is taken at its word",
        help="If the object has something else there, change the property once more after the import.",
        severity="note",
        explain="""A password or a script given at creation is not shown by clouds. An import assumes that it is what the blueprint says.

Wrong (to rely on it): a password that nobody knows.
Right: set the password anew after the import.
""",
    ),
    "MC0665": Code(
        title="`{property}` of `{address}` is {have}, which is not what the blueprint asks for",
        help="Write {property}: {have}, or what it shall be changed to.",
        severity="warning",
        explain="""An image, a size or a zone that is chosen by a selector is kept at an import if it fits the selector. This one does not.

Wrong:
    spec: {vcpus: 8}       # the machine has 2
Right:
    spec: {vcpus: 2}
""",
    ),
    "MC0666": Code(
        title="there is no `{address}` in the blueprint to import into",
        help="Declare it first, with the properties it has; then import again. There are: {known}.",
        explain="""An import binds an object to a resource of the blueprint, so that must be there: its type tells what to look for.

Wrong:
    mcflow import net vpc-0123             # without a resource `net`
Right:
    resources: {net: {type: vpc, properties: {cidr: 10.0.0.0/16}}}
""",
    ),
    "MC0668": Code(
        title="`{what}` of the import of `{to}` must be {expected}, this is a {found}",
        help="Ids are texts.",
        explain="""What an import names must be known while planning, and of the right kind.

Wrong:
    import: [{to: net, id: "{{ vars.ids }}"}]           # a list
Right:
    import: [{to: net, id: "{{ vars.ids[0] }}"}]
""",
    ),
    "MC0669": Code(
        title="`{id}` is named by two imports: `{first}` and `{second}`",
        help="One object is one resource.",
        explain="""Two addresses cannot stand for one object.

Wrong:
    import: [{to: a, id: vpc-0123}, {to: b, id: vpc-0123}]
Right:
    import: [{to: a, id: vpc-0123}]
""",
    ),
}
