"""MC06xx: planning: lowering, choosing, replacement, protection, targets, saved plans."""

from __future__ import annotations

from mcflow.model.codes.code import Code

CODES: dict[str, Code] = {
    "MC0601": Code(
        title="`{what}` must be known when planning, and is not",
        help="Take it from a variable, a local or a property, not from something that only the apply will know.",
        explain="""How many resources there are, which of them exist and where they live must be known while planning.
A value that a cloud gives (an id, an address) is known only after apply.

Wrong:
    for_each: "{{ [resources.net.id] }}"
Right:
    for_each: "{{ range(vars.size) }}"
""",
    ),
    "MC0602": Code(
        title="`for_each` must not be made of secrets",
        help="Use names or numbers as keys and look the secret up inside the resource.",
        explain="""The keys of for_each become addresses, which are shown everywhere.

Wrong:
    for_each: "{{ vars.tokens }}"      # a sensitive variable
Right:
    for_each: "{{ vars.names }}"
""",
    ),
    "MC0606": Code(
        title="`{what}` must be true or false, this is a {found}",
        help="Compare it with something: `{{{{ vars.size > 0 }}}}`.",
        explain="""A condition is a boolean; nothing else counts as one.

Wrong:
    when: "{{ vars.size }}"
Right:
    when: "{{ vars.size > 0 }}"
""",
    ),
    "MC0607": Code(
        title="a map of names to values was expected here, this is a {found}",
        help="Write `{{name: value}}`, or an expression that gives a map.",
        explain="""Properties, policies and overrides are maps.

Wrong:
    properties: "{{ vars.cidr }}"
Right:
    properties: {cidr: "{{ vars.cidr }}"}
""",
    ),
    "MC0608": Code(
        title="not a duration: {problem}",
        help="Write a number and a unit: `30s`, `20m`, `8h`.",
        explain="""Time-outs are durations with a unit.

Wrong:
    timeouts: {create: 20}
Right:
    timeouts: {create: 20m}
""",
    ),
    "MC0609": Code(
        title="`attempts` must be a whole number of 1 or more, this is {found}",
        help="Write how many times a call may be made in all: `attempts: 5`.",
        explain="""How often a call that failed for a passing reason is made, the first time included.

Wrong:
    retry: {attempts: "{{ vars.mode }}"}      # a text
Right:
    retry: {attempts: 5}
""",
    ),
    "MC0614": Code(
        title="`{property}` must be known when planning ({operation} needs it)",
        help="What a {type} consists of depends on it. Use a value that does not come from a cloud.",
        explain="""The driver decides by this property which objects to make, so it cannot wait for apply.

Wrong:
    properties: {internet: "{{ resources.other.status == 'ready' }}"}
Right:
    properties: {internet: "{{ vars.internet }}"}
""",
    ),
    "MC0615": Code(
        title="the selector `{property}` is not fully known when planning",
        help="Every part of a selector must be known: it is looked up in the catalog now.",
        explain="""Images, specs and zones are chosen through the cloud's catalog while planning and then pinned.

Wrong:
    spec: {vcpus: "{{ resources.other.size }}"}
Right:
    spec: {vcpus: 2}
""",
    ),
    "MC0616": Code(
        title="the catalog could not be asked for `{property}`: {message}",
        help="Run it again; or give the value itself instead of a selector.",
        explain="""The cloud did not answer the question for an image, a spec or a zone.

Wrong:
    spec: {vcpus: 2}       # while the catalog cannot be reached
Right:
    spec: t3.medium
""",
    ),
    "MC0617": Code(
        title="`{property}`: {note}",
        severity="note",
        explain="""How a selector was settled. The choice is pinned in the state; `mcflow plan --repick ADDRESS` releases it.

Wrong (to rely on the note): nothing.
Right: pin it yourself with `spec: t3.medium`.
""",
    ),
    "MC0618": Code(
        title="{connection} cannot do this: {message}",
        help="{remedy}",
        explain="""The cloud behind the connection cannot honour this property. Nothing is ever dropped silently, so the plan is refused
before anything is created.

Wrong:
    public: true          # in a vpc with internet: false
Right:
    public: false
""",
    ),
    "MC0619": Code(
        title="{id} is only an id: its {question} is not known",
        help="Declare the resource in this blueprint and refer to it, or import it.",
        explain="""A literal cloud id says nothing about the object. Some properties need to know more, such as its zone or address range.

Wrong:
    subnet: subnet-0123
Right:
    subnet: "{{ resources.app }}"
""",
    ),
    "MC0620": Code(
        title="this resource has no native `{key_text}`",
        help="Natives here: {known}.",
        explain="""Settings under a driver's name address the native objects a resource becomes, by their key.

Wrong:
    aws: {machine: {ebs_optimized: true}}
Right:
    aws: {instance: {ebs_optimized: true}}
""",
    ),
    "MC0621": Code(
        title="`{attribute}` of {native} is already set by the resource's properties",
        help="Change the property, or add `override: true` beside it to insist.",
        explain="""A native setting may add to what a portable resource says, not contradict it unnoticed.

Wrong:
    aws: {instance: {instance_type: t3.large}}
Right:
    aws: {instance: {override: true, instance_type: t3.large}}
""",
    ),
    "MC0624": Code(
        title="{helper} is wanted differently by `{other}` and by this resource",
        help="A helper that resources of a connection share must be the same for all of them.",
        explain="""Some clouds need one helper for many resources (a resource group, a service role). All who use it must agree.

Wrong: two resources of one connection whose shared helper differs in a setting.
Right: the same setting in both, or two connections.
""",
    ),
    "MC0630": Code(
        title="`{address}` is protected (prevent_destroy) and the plan would {action} it: {reason}",
        help="Take `prevent_destroy` off and apply that first, or undo the change that makes it necessary.",
        explain="""lifecycle.prevent_destroy keeps a resource from being deleted or replaced, also when it is removed from the blueprint.

Wrong: removing the resource while it is protected.
Right:
    lifecycle: {prevent_destroy: false}   # apply, then remove it
""",
    ),
    "MC0631": Code(
        title="`{address}` cannot be created before its old self is deleted",
        help="Its name or its place can exist only once. It is deleted first.",
        severity="warning",
        explain="""create_before_destroy needs that old and new can exist at the same time. A name given by you is unique, and an attachment
or a route exists once.

Wrong:
    {name: shop-lb, lifecycle: {create_before_destroy: true}}
Right: leave out `name`, so that each generation gets its own.
""",
    ),
    "MC0632": Code(
        title="these steps wait for each other: {loop}",
        help="Split the change: apply one part first (`--target`).",
        explain="""Replacing and deleting things that depend on each other in a circle has no order that a cloud would accept.

Wrong: two resources, each of which must be made before the other.
Right: one of them refers to the other by a property that is set after creation.
""",
    ),
    "MC0633": Code(
        title="connection `{address}` was {was} and is now {now}",
        help="Use another name for the new place, or the old credentials. What the state holds is in the old place.",
        explain="""The state holds objects made through this connection in another account or region. Planning against the new one would
take them all for deleted.

Wrong: changing `region:` of a connection that has resources.
Right: a second connection, and moving the resources to it.
""",
    ),
    "MC0634": Code(
        title="{flag} {address}: there is no such resource",
        help="`mcflow state list` and the blueprint show what there is.",
        explain="""Addresses name a resource (`web`), one instance (`web["a"]`) or a native (`web["a"]/instance`).

Wrong:
    mcflow plan --target wbe
Right:
    mcflow plan --target web
""",
    ),
    "MC0635": Code(
        title="`{address}` cannot shrink: {attribute} is {before} and would become {after}",
        help="Keep {attribute} at {before} or more, or make it anew, without what is on it: --replace {address}",
        explain="""Disks, file systems and the storage of databases grow in place and never shrink. The plan refuses what the cloud would
refuse half-way. If somebody enlarged it by hand, write the new size into the blueprint, or lifecycle.ignore_changes.

Wrong:
    data: {type: disk, properties: {zone: a, size_gib: 10}}    # it has 20
Right:
    data: {type: disk, properties: {zone: a, size_gib: 20}}
    mcflow apply --replace data                                # or a new one, empty, of 10
""",
    ),
    "MC0636": Code(
        title="{connection} cannot have a {type}: {reason}",
        help="use another connection for it, or ask who runs the cloud for that service",
        explain="""The driver knows the type, but the cloud behind this connection does not run the service that makes such objects. What a cloud
runs is told by its service catalog. `mcflow catalog services CONNECTION` lists what a connection offers.

Wrong:
    resources:
      shop: {type: database, connection: small}      # a cloud without databases
Right:
    resources:
      shop: {type: database, connection: large}
""",
    ),
    "MC0640": Code(
        title="{path} is not a plan of mcflow: {problem}",
        help="Make one with `mcflow plan --out FILE`.",
        explain="""A saved plan is a file that `mcflow plan --out FILE` wrote, unchanged.

Wrong:
    mcflow apply mcflow.yaml
Right:
    mcflow plan --out shop.plan && mcflow apply shop.plan
""",
    ),
    "MC0641": Code(
        title="the plan no longer holds: {moved} changed since it was made",
        help="Plan again.",
        explain="""A saved plan is applied only if everything it was made from is still the same: blueprint, variables, state, driver
versions, accounts. It is never widened.

Wrong: editing mcflow.yaml between `plan --out` and `apply`.
Right:
    mcflow plan --out shop.plan && mcflow apply shop.plan
""",
    ),
    "MC0642": Code(
        title="the plan was made while {count} operation(s) of an earlier run were unfinished",
        help="Run `mcflow apply` (without a plan) once: it finishes them. Then plan again.",
        explain="""An interrupted run left operations that must be settled before anything else. A saved plan cannot know how they end.

Wrong: mcflow plan --out shop.plan && mcflow apply shop.plan, right after a crash.
Right: mcflow apply
""",
    ),
    "MC0643": Code(
        title="a run is going on: {holder}",
        help="The plan shows what it has not done yet; wait for it and plan again.",
        severity="warning",
        explain="""Somebody else is applying to this state. Their open operations are shown as in progress.

Wrong: taking this plan for the final one.
Right: planning again when that run has ended.
""",
    ),
    "MC0644": Code(
        title="`{address}` is quarantined: {advice}",
        help="Decide as it says, then run again.",
        severity="warning",
        explain="""A crash left something that mcflow cannot decide alone: it might be ours, it might not. It is kept untouched.

Wrong: deleting it blindly.
Right: the commands that the message gives.
""",
    ),
    "MC0645": Code(
        title="unknown type `{type}`",
        help="`mcflow schema` knows: {known}.",
        explain="""`mcflow schema TYPE` prints the schema of one portable or native type.

Wrong:
    mcflow schema vm2
Right:
    mcflow schema vm
""",
    ),
    "MC0646": Code(
        title="there is no driver `{name}`",
        help="Installed: {known}.",
        explain="""`mcflow driver list` shows what is installed; others come with `pip install`.

Wrong:
    mcflow driver show amazon
Right:
    mcflow driver show aws
""",
    ),
    "MC0647": Code(
        title="`{reference}` is not known yet",
        help="The console answers from the state: apply first.",
        explain="""The console reads what the last apply recorded; what was never applied has no values.

Wrong: asking for the address of a vm that is not there yet.
Right: `mcflow apply`, then `mcflow console`.
""",
    ),
    "MC0648": Code(
        title="the value cannot be computed: {reason}",
        help="Change the expression, or give it other values.",
        explain="""A derived value fails on the values that are there now.

Wrong: an expression that divides by an output that is 0.
Right: a guard, such as `{{ x if y else 0 }}`.
""",
    ),
    "MC0649": Code(
        title="values in the state could not be opened: {reason}",
        help="The plan may be read; it cannot be applied without the key.",
        severity="warning",
        explain="""Secrets in the state are sealed with a key. Without it they cannot be compared, so what uses them looks changed.

Wrong: planning on a machine that does not have the key, and believing the changes of secrets.
Right: MCFLOW_STATE_KEY (or `state: {key: ...}`) with the key that sealed them.
""",
    ),
    "MC0650": Code(
        title="not applied, because the state's secrets cannot be opened: {reason}",
        help="Give the key that sealed them: in MCFLOW_STATE_KEY, or, after a change of `key`, in `previous_keys` (`user` is the one that nobody configured).",
        explain="""Applying would replace secrets that cannot be read by nothing. mcflow refuses rather than lose them.

Wrong: mcflow apply on another machine without its key.
Right: MCFLOW_STATE_KEY=... mcflow apply
""",
    ),
}
