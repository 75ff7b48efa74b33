"""MC08xx: applying: connections at work, what a cloud refused, time-outs, ambiguous results, recovery."""

from __future__ import annotations

from mcflow.model.codes.code import Code

CODES: dict[str, Code] = {
    "MC0801": Code(
        "there is no connection `{connection}`",
        "A step, a record of the state or a resource names a connection that neither the blueprint, connections.yaml, the "
        "user's configuration nor the state knows.\n\n"
        "Wrong:\n"
        "    connections:\n"
        "      seoul: {driver: aws}\n"
        "    resources:\n"
        "      net: {type: vpc, connection: soul}\n"
        "Right:\n"
        "    resources:\n"
        "      net: {type: vpc, connection: seoul}\n",
        help="known are: {known}",
    ),
    "MC0802": Code(
        "driver {driver} {version} has no native type `{type}`",
        "The plan or the state holds an object of a type that the installed driver does not have: it was made by another "
        "version of the driver. mcflow does not touch what it cannot understand.\n\n"
        "Wrong:\n"
        "    pip install 'mcflow==1.0'   # older than the state\n"
        "Right:\n"
        "    pip install --upgrade mcflow\n",
        help="install the version of the driver that made it, or a newer one",
    ),
    "MC0803": Code(
        "connection `{connection}` needs driver `{driver}`, which cannot be used: {reason}",
        "The driver is not installed, its SDK is missing, or it was made for another version of mcflow's driver contract.\n\n"
        "Wrong:\n"
        "    pip install mcflow\n"
        "    mcflow apply            # a blueprint with driver: aws\n"
        "Right:\n"
        "    pip install 'mcflow[aws]'\n",
        help="install the driver and what it needs",
    ),
    "MC0804": Code(
        "{driver} refuses the credentials of connection `{connection}`: {reason}",
        "The cloud does not know who is calling: credentials are missing, wrong or expired. mcflow uses each cloud's "
        "ordinary chain (environment, profile, metadata). The exit code is 4.\n\n"
        "Wrong:\n"
        "    env -u AWS_PROFILE mcflow plan     # no credentials at all\n"
        "Right:\n"
        "    AWS_PROFILE=shop mcflow plan\n",
        help="check the credentials that this connection uses, then run the command again",
    ),
    "MC0805": Code(
        "connection `{connection}` cannot be opened: {reason}",
        "The driver could not reach the cloud or was refused before anything was asked of it. Nothing was changed.\n\n"
        "Wrong:\n"
        "    lab: {driver: openstack, endpoint: http://localhost:1}\n"
        "Right:\n"
        "    lab: {driver: openstack, cloud: lab}\n",
        help="check the endpoint, the region and the network between here and {driver}",
    ),
    "MC0810": Code(
        "{what} exists already and is not managed here",
        "Before it creates something whose name or place is unique, mcflow looks whether it is there already. It is, and "
        "this state did not make it: somebody else did. mcflow neither takes over nor overwrites what is not its own.\n\n"
        "Wrong:\n"
        "    creating a key pair `deploy` that a colleague made by hand\n"
        "Right:\n"
        "    import it, or give it another name:\n"
        "    properties: {name: deploy-2}\n",
        help="import {id} at this address, rename the resource, or remove the other object",
    ),
    "MC0811": Code(
        "the cloud refused to {action} {what}: {reason}",
        "The cloud will never accept this request as it is: a value is outside what it allows, or contradicts another. "
        "Nothing was made; what does not depend on it went on.\n\n"
        "Wrong:\n"
        "    properties: {cidr: 10.0.0.0/8}     # this cloud allows /16 to /28\n"
        "Right:\n"
        "    properties: {cidr: 10.0.0.0/16}\n",
        help="correct the blueprint and run `mcflow apply` again{code}",
    ),
    "MC0812": Code(
        "not allowed to {action} {what}: {reason}",
        "The credentials are valid but may not do this. Nothing was made; what does not depend on it went on.\n\n"
        "Wrong:\n"
        "    a role with ec2:Describe* only\n"
        "Right:\n"
        "    a role that also has ec2:CreateVpc\n",
        help="give the caller the permission, then run `mcflow apply` again{code}",
    ),
    "MC0813": Code(
        "the credentials were refused while mcflow wanted to {action} {what}: {reason}",
        "The credentials expired or were withdrawn during the run. No further step of this connection was begun. Nothing is "
        "lost: the journal has the operation, and the next `mcflow apply` goes on with it.\n\n"
        "Wrong:\n"
        "    a session token of 15 minutes for an apply of 30\n"
        "Right:\n"
        "    renew the credentials, then\n"
        "    mcflow apply\n",
        help="renew the credentials, then run `mcflow apply` again: it goes on where this one stopped",
    ),
    "MC0814": Code(
        "a quota or the capacity is used up, so mcflow could not {action} {what}: {reason}",
        "The cloud has no room for this: the account's quota or the place's capacity is used up. Nothing was made; what does "
        "not depend on it went on.\n\n"
        "Wrong:\n"
        "    spec: {vcpus: 96}      # above the quota of the account\n"
        "Right:\n"
        "    ask the cloud for a higher quota, or take another zone or size:\n"
        "    spec: {vcpus: 8}\n",
        help="raise the quota, or choose another zone or size, then run `mcflow apply` again{code}",
    ),
    "MC0815": Code(
        "{attributes} of {what} cannot be changed in place after all: {reason}",
        "The driver believed that this attribute can be changed, and the cloud refused for this object. Replacing it would "
        "do, and mcflow never replaces what the plan did not show.\n\n"
        "Wrong:\n"
        "    mcflow apply                       # again and again\n"
        "Right:\n"
        "    mcflow apply --replace ADDRESS\n",
        help="run `mcflow plan --replace {address}` to have it replaced",
    ),
    "MC0816": Code(
        "this cloud cannot {action} {what}: {reason}",
        "The endpoint has no such operation: an older release, a region without the service, or an emulator.\n\n"
        "Wrong:\n"
        "    a load balancer in an OpenStack without Octavia\n"
        "Right:\n"
        "    another connection for that resource:\n"
        "    connection: public\n",
        help="use another connection or leave the resource out{code}",
    ),
    "MC0817": Code(
        "{what} could not be {done}: it is in use: {reason}",
        "The cloud refuses because something that this state does not manage (or that was not to be deleted) still uses the "
        "object. mcflow does not remove what is not its own.\n\n"
        "Wrong:\n"
        "    a network card made by hand in a subnet that is to be destroyed\n"
        "Right:\n"
        "    remove the card, then\n"
        "    mcflow destroy\n",
        help="remove what uses it, then run the command again{code}",
    ),
    "MC0818": Code(
        "{what} needs something that is not there: {reason}",
        "The request names an object that the cloud does not find, although it should have been there for long. It was "
        "probably removed by somebody else since the plan was made.\n\n"
        "Wrong:\n"
        "    mcflow apply old-plan.mcflow\n"
        "Right:\n"
        "    mcflow plan\n"
        "    mcflow apply\n",
        help="plan again: refresh will find what is gone{code}",
    ),
    "MC0819": Code(
        "gave up to {action} {what} after {attempts} attempts: {reason}",
        "The cloud kept answering that it is too busy, that it failed, or that another change is going on. mcflow waited "
        "longer each time and then stopped. Nothing is lost: the journal has the operation, and the next `mcflow apply` goes "
        "on with it.\n\n"
        "Wrong:\n"
        "    retry: {attempts: 1}\n"
        "Right:\n"
        "    retry: {attempts: 12}\n",
        help="run `mcflow apply` again later; `retry.attempts` and the connection's `requests_per_second` can be changed{code}",
    ),
    "MC0820": Code(
        "{what} was not {goal} within {seconds} s{status}",
        "mcflow waited as long as the blueprint's time-out allows. The object stays recorded. Nothing is lost: the journal "
        "has the operation, and the next `mcflow apply` goes on with it.\n\n"
        "Wrong:\n"
        "    timeouts: {create: 10s}     # a database takes minutes\n"
        "Right:\n"
        "    timeouts: {create: 30m}\n",
        help="run `mcflow apply` again to go on waiting, or raise `timeouts.{action}`",
    ),
    "MC0821": Code(
        "{what} was made and then failed: {reason}",
        "The cloud accepted the request and later reported the object as failed. It stays in the state, marked tainted: the "
        "next apply replaces it, destroy removes it.\n\n"
        "Wrong:\n"
        "    deleting it by hand and editing the state\n"
        "Right:\n"
        "    mcflow apply      # replaces it\n",
        help="correct what made it fail, then run `mcflow apply` again: it will be replaced",
    ),
    "MC0822": Code(
        "{what} ({id}) disappeared while mcflow waited for it",
        "The object was there and is not any more: somebody else deleted it, or the cloud took it back.\n\n"
        "Wrong:\n"
        "    a clean-up job that removes whatever it does not know\n"
        "Right:\n"
        "    let the job spare what carries the tag `mcflow-state`, then\n"
        "    mcflow apply\n",
        help="run `mcflow apply` again: it will be made anew",
    ),
    "MC0823": Code(
        "nobody knows whether the request to {action} {what} was carried out: {reason}",
        "The answer was lost and looking did not settle it in time. The operation stays open in the journal: the next run "
        "looks again before it does anything, and creates nothing twice. \n\n"
        "Wrong:\n"
        "    creating the object by hand meanwhile\n"
        "Right:\n"
        "    mcflow apply\n",
        help="run `mcflow apply` again: recovery goes on where this run stopped",
    ),
    "MC0824": Code(
        "{what} cannot be decided by looking: {reason}",
        "A request was sent, its answer was lost, and what the cloud shows does not tell whether (or which) object is its "
        "result. mcflow does not guess: it would create something twice or take over what is not its own. Everything else "
        "can be planned and applied.\n\n"
        "Wrong:\n"
        "    deleting the journal\n"
        "Right:\n"
        "    do what the advice says, then\n"
        "    mcflow apply\n",
        help="{advice}",
    ),
    "MC0825": Code(
        "{what} was found {count} times; kept is {id}",
        "The cloud shows several objects that carry the mark of one operation: clouds copy tags, for instance to what is "
        "made from an object. The one that equals the request was kept; the others were left alone unless they are exact "
        "copies from the same minutes.\n\n"
        "Wrong:\n"
        "    copying the tag mcflow-op to other objects\n"
        "Right:\n"
        "    copying all tags but mcflow-op and mcflow-state\n",
        help="look at {others}; remove them if nobody needs them",
        severity="warning",
    ),
    "MC0826": Code(
        "{what} needs {reference}, which is not known",
        "A value that another resource should have given is still missing when it is needed: the cloud did not report it, or "
        "the resource it comes from is not there.\n\n"
        "Wrong:\n"
        "    properties: {address: \"{{ resources.web.public_ip }}\"}   # web has none\n"
        "Right:\n"
        "    web: {properties: {public_ip: true}}\n",
        help="check what gives this value; then plan again",
    ),
    "MC0827": Code(
        "a value of {what} cannot be computed: {reason}",
        "An expression or a derived value was kept until everything it needs was known, and fails on the real values.\n\n"
        "Wrong:\n"
        "    \"{{ resources.web.public_ip | cidrhost(1) }}\"     # an address is no network\n"
        "Right:\n"
        "    \"{{ cidrhost(resources.net.cidr, 1) }}\"\n",
        help="correct the expression, then plan again",
    ),
    "MC0828": Code(
        "the state cannot be written, so nothing new is begun: {reason}",
        "Before every request the intent goes to the journal. It could not be written (a full disk, a lost mount), so no "
        "further request was sent; those already on their way were finished and noted where possible.\n\n"
        "Wrong:\n"
        "    mcflow apply          # on a full disk\n"
        "Right:\n"
        "    df -h .              # make room\n"
        "    mcflow apply\n",
        help="make room, repair the disk or bring the store back, then run `mcflow apply` again: recovery settles what is open",
    ),
    "MC0829": Code(
        "the lease on this state was lost, so nothing new is begun",
        "Another run took over, or this machine slept so long that the lease expired. Two writers would overwrite each "
        "other, so this one stopped. Nothing is lost: the journal has the operation, and the next `mcflow apply` goes on "
        "with it.\n\n"
        "Wrong:\n"
        "    breaking a lease while its run is alive\n"
        "Right:\n"
        "    wait for the other run, then\n"
        "    mcflow apply\n",
        help="see who is at work with `mcflow state show`, then run `mcflow apply` again",
    ),
    "MC0830": Code(
        "the driver failed in {handler} of {type}: {reason}",
        "The driver raised an error that it does not know itself: a defect of the driver, not of your blueprint. Whether the "
        "request was carried out is not known, so the operation stays open and the next run looks before it does anything."
        "\n\n"
        "Wrong:\n"
        "    deleting the state\n"
        "Right:\n"
        "    mcflow apply          # looks first\n"
        "    and please report the failure\n",
        help="run `mcflow apply` again; if it happens again, report it with this text",
    ),
    "MC0832": Code(
        "{what} was not found, so there is nothing to configure",
        "The resource configures something that the cloud is expected to have already (a default network, what another "
        "object brings along), and no such object is there.\n\n"
        "Wrong:\n"
        "    configuring the default group of a network that has none\n"
        "Right:\n"
        "    create it in the cloud first, then\n"
        "    mcflow apply\n",
        help="check that it exists in this account and region",
    ),
    "MC0833": Code(
        "{what} asks for {action} while its place in the state is empty",
        "The plan changes or deletes an object that the state does not have (any more). The plan and the state do not belong "
        "together.\n\n"
        "Wrong:\n"
        "    mcflow apply plan-of-yesterday\n"
        "Right:\n"
        "    mcflow plan\n"
        "    mcflow apply\n",
        help="plan again",
    ),
    "MC0834": Code(
        "the steps of this plan wait for each other: {steps}",
        "The execution graph has a circle or names a step that is not in it; such a plan cannot be applied. This is a fault "
        "of mcflow or of whoever wrote the plan, not of the blueprint.\n\n"
        "Wrong:\n"
        "    editing a saved plan\n"
        "Right:\n"
        "    mcflow plan --out plan.mcflow\n",
        help="plan again; if it happens again, report it",
    ),
    "MC0835": Code(
        "what was there could not be read: {reason}",
        "Refresh asks the cloud for everything in the state. For some objects the answer was an error, so their last known "
        "values are used; the plan may show less than there is to do.\n\n"
        "Wrong:\n"
        "    a role that may create but not describe\n"
        "Right:\n"
        "    a role that may also describe what it creates\n",
        help="allow reading {types} in connection {connection}, or plan with --refresh=none",
        severity="warning",
    ),
    "MC0836": Code(
        "{what} could not be {done}: {reason}",
        "The cloud accepted the request and reported later that it failed. The object is still there and stays in the state."
        "\n\n"
        "Wrong:\n"
        "    waiting for a deletion that the cloud has given up\n"
        "Right:\n"
        "    remove the reason that the cloud names, then\n"
        "    mcflow apply\n",
        help="remove the reason, then run the command again",
    ),
    "MC0837": Code(
        "connection `{connection}` is {account} now; {what} was begun in {recorded}",
        "The name of a connection now means another account, region or endpoint than when the operation was begun. Looking "
        "there would find nothing and create it a second time, so it is left alone.\n\n"
        "Wrong:\n"
        "    seoul: {driver: aws, profile: test}     # was: profile: production\n"
        "Right:\n"
        "    give the other account a connection of its own:\n"
        "    seoul-test: {driver: aws, profile: test}\n",
        help="point the connection back to where it was, then run `mcflow apply`",
    ),
    "MC0838": Code(
        "cannot {action} {what}: what an earlier run began there is not settled",
        "An operation that an earlier run left open could not be decided by looking. Until it is, nothing else happens at "
        "this address: creating again could make the object twice.\n\n"
        "Wrong:\n"
        "    deleting the journal\n"
        "Right:\n"
        "    do what the advice of the recovery says, then\n"
        "    mcflow apply\n",
        help="see what recovery says about it, settle that, then run `mcflow apply` again",
    ),
    "MC0839": Code(
        "{type} {id} in connection {connection} is marked as this state's and is not in it",
        "The object carries the mark that mcflow writes when it creates something for this state (operation {op}), and the state does "
        "not know it. What the journal said of it may have been lost with its damaged end, or a cloud copied the tags of another object.\n\n"
        "Wrong:\n"
        "    leaving it there: nothing will ever change or delete it\n"
        "Right:\n"
        "    mcflow import ADDRESS ID      # if it is to be managed here; else\n"
        "    look at it, and delete it by the cloud's own means if nobody needs it\n",
        help="have it managed with `mcflow import ADDRESS {id}`; delete it in the cloud if nobody needs it",
        severity="warning",
    ),
    "MC0845": Code(
        "{type} {id} in connection {connection} is marked as this state's and is not in it: {why}",
        "After an apply, mcflow lists what carries this state's mark among the types it touched. Something does, and the state does not "
        "know it (operation {op}). Nothing is done to it: a copied tag is harmless, and whatever else it is, a person should look.\n\n"
        "Wrong:\n"
        "    leaving it there: nothing will ever change or delete it\n"
        "Right:\n"
        "    mcflow import ADDRESS ID      # if it is to be managed here\n"
        "    take the tags mcflow-state and mcflow-op off it, or delete it in the cloud, if it is not\n",
        help="have it managed with `mcflow import ADDRESS {id}`; else take the tags mcflow-state and mcflow-op off it, or delete it in {connection}",
        severity="warning",
    ),
    "MC0846": Code(
        "{address} ({type} {id}) was made by this run and is not in connection {connection} any more",
        "After an apply, mcflow looks once more whether everything it made is there. This is not: somebody removed it meanwhile, or the "
        "cloud took it back.\n\n"
        "Wrong:\n"
        "    a clean-up job that removes whatever it does not know\n"
        "Right:\n"
        "    let the job spare what carries the tag `mcflow-state`, then\n"
        "    mcflow apply\n",
        help="run `mcflow apply` again: it will be made anew",
        severity="warning",
    ),
    "MC0847": Code(
        "the sweep after the apply could not list {types} in connection {connection}: {reason}",
        "After an apply, mcflow lists what carries this state's mark among the types it touched, to prove that cloud and state agree. "
        "This list could not be had. The apply itself is not affected.\n\n"
        "Wrong:\n"
        "    a role that may create but not list\n"
        "Right:\n"
        "    a role that may also list what it creates, or\n"
        "    mcflow apply --no-sweep\n",
        help="allow listing {types}, or run with --no-sweep; `mcflow doctor` makes the same check in full",
        severity="warning",
    ),
    "MC0848": Code(
        "this run was not undone in full: {what}",
        "With --on-failure=rollback mcflow undoes, after a failure, what the run had done. Some of it could not be undone, or was made anew "
        "instead: an object that was deleted comes back from what is recorded of it, with a new id and without its contents. The state "
        "says what there is.\n\n"
        "Wrong:\n"
        "    counting on a rollback to bring back the data of a deleted disk\n"
        "Right:\n"
        "    mcflow plan       # what differs from the blueprint now\n"
        "    mcflow apply\n",
        help="look at `mcflow plan`, then run `mcflow apply` to go on, or apply the blueprint as it was",
        severity="warning",
    ),
    "MC0849": Code(
        "a rollback cannot bring back what this plan deletes: {addresses}",
        "With --on-failure=rollback mcflow undoes, after a failure, what the run had done. What was deleted by then can only be made anew "
        "from what is recorded of it: with a new id, and without its contents.\n\n"
        "Wrong:\n"
        "    mcflow apply --on-failure=rollback     # replaces a disk, and counts on its contents\n"
        "Right:\n"
        "    mcflow apply --on-failure=stop         # where data is at stake\n",
        help="apply with --on-failure=stop where that matters, or take a snapshot first",
        severity="warning",
    ),
    "MC0840": Code(
        title="what to import cannot be read{file}: {problem}",
        help="Lines of `address,id`, or JSON: [{{\"address\": …, \"id\": …}}] or {{\"address\": \"id\"}}.",
        explain="""`mcflow import --from FILE` reads many imports at once.

Wrong:
    net vpc-0123
Right:
    net,vpc-0123
    "web[""a""]",i-0456
""",
    ),
}
