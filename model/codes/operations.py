"""MC103x to MC106x: metrics, events, machines by hand, logging in, kubeconfigs, raw calls."""

from __future__ import annotations

from mcflow.model.codes.code import Code

CODES: dict[str, Code] = {
    "MC1031": Code(
        "`{address}` has nothing that can {can}",
        "The command works with certain kinds of objects: machines are started and stopped, clusters give a kubeconfig, and so on. Nothing "
        "that this address means is of such a kind, or it is not made yet.\n\n"
        "Wrong:\n    mcflow vm stop net            # a network\nRight:\n    mcflow vm stop web\n",
        help="these can: {known}",
    ),
    "MC1032": Code(
        "the credentials lack the permission `{permission}` to {action} {what}: {reason}",
        "The cloud knows who asks and says no. The permission that the call needs is named as the cloud's policies write it.\n\n"
        "Wrong:\n    a policy without it\nRight, on AWS:\n"
        "    {\"Effect\": \"Allow\", \"Action\": \"cloudwatch:GetMetricData\", \"Resource\": \"*\"}\n",
        help="allow `{permission}` to whom the connection's credentials belong",
    ),
    "MC1033": Code(
        "driver `{driver}` offers no {what}",
        "Metrics, events, operations and raw calls are optional parts of a driver: `mcflow driver show NAME` says what it has.\n\n"
        "Wrong:\n    mcflow events local\nRight:\n    mcflow events aws\n",
        help="use the cloud's own tool",
    ),
    "MC1034": Code(
        "`{address}` has `power: {power}` in the blueprint: the next apply undoes this {verb}",
        "A machine whose `power` is written in the blueprint is kept that way: what is done by hand is drift. Leave `power` out, and nobody "
        "minds whether the machine runs.\n\n"
        "Wrong, for a machine that is stopped now and then:\n    power: running\nRight:\n    # no power: not managed\n"
        "or change it in the blueprint and apply:\n    power: stopped\n",
        help="write `power` otherwise and apply, or leave it out",
        severity="warning",
    ),
    "MC1035": Code(
        "nothing here has a metric `{metric}`",
        "Each type of object has metrics of its own; a disk has no cpu.\n\n"
        "Wrong:\n    mcflow metrics web --metric processor\nRight:\n    mcflow metrics web --metric cpu\n",
        help="metrics here: {known}",
    ),
    "MC1036": Code(
        "{source} of connection `{connection}` could not be read: {reason}",
        "Events come from several services of the cloud. This one did not answer; what the others told is shown.\n\n"
        "Wrong:\n    taking the list for complete\nRight:\n    asking again, or looking into the service itself\n",
        help="ask again later",
        severity="warning",
    ),
    "MC1037": Code(
        "--step is too small for --range: {points} values of each metric, at most {most} are read",
        "A series of many thousand values is slow and costs money with most clouds, and no terminal or plot shows it.\n\n"
        "Wrong:\n    mcflow metrics web --range 168h --step 1m\nRight:\n    mcflow metrics web --range 168h --step 1h\n",
        help="take a larger --step, or leave it out",
    ),
    "MC1038": Code(
        "`{name}` is neither a connection nor an address of the state",
        "`mcflow events` takes the name of a connection (everything that happened there) or the address of something in the state.\n\n"
        "Wrong:\n    mcflow events wbe\nRight:\n    mcflow events web\n    mcflow events aws\n",
        help="`mcflow state list` prints every address",
    ),
    "MC1039": Code(
        "`{address}`: {reason}",
        "The machine's cloud, or this kind of machine, has no such thing: a password is only made for some systems and kinds of key.\n\n"
        "Wrong:\n    mcflow vm password linux-machine --key key.pem\nRight:\n    mcflow ssh linux-machine\n",
        help="see the driver's documentation",
    ),
    "MC1040": Code(
        "it is not known whether `{operation}` of {what} happened: its run was killed",
        "Before a reboot (or a raw call that may change something) is sent, mcflow writes down that it will be. The run was killed before it "
        "wrote down the answer. It is not sent again: that could reboot a machine twice. This is told once by the next run that writes the "
        "state.\n\n"
        "Wrong:\n    repeating it unseen\nRight:\n    mcflow vm console web     # when did it start?\n    mcflow events web\n",
        help="look at it (`mcflow events`, `mcflow vm console`) and repeat the command if it is still wanted",
        severity="warning",
    ),
    "MC1041": Code(
        "it is not known whether `{operation}` of {what} happened: {reason}",
        "The request was sent and no answer came, so the cloud may or may not have done it. It is not sent again: that could do it twice.\n\n"
        "Wrong:\n    repeating it unseen\nRight:\n    mcflow events web\n",
        help="look at it (`mcflow events`, `mcflow vm console`) and repeat the command if it is still wanted",
    ),
    "MC1042": Code(
        "{what} was told to {verb}, and {seconds} s later it was still `{status}`",
        "The cloud took the request; the object did not get there in the time that was waited (--timeout), or the wait was interrupted. It "
        "may still get there.\n\n"
        "Wrong:\n    mcflow vm stop database --timeout 10s\nRight:\n    mcflow vm stop database --timeout 15m\n",
        help="look again with `mcflow events`, or wait longer with --timeout",
    ),
    "MC1043": Code(
        "{what} was told to {verb} and did not: {reason}",
        "The cloud took the request and then gave up, or the object is gone.\n\n"
        "Wrong:\n    mcflow vm start a-machine-that-was-terminated\nRight:\n    mcflow plan\n",
        help="`mcflow plan` shows whether it is still there",
    ),
    "MC1044": Code(
        "`{address}` has written nothing to its console yet",
        "Clouds keep a copy of what a machine writes to its console and refresh it now and then: after its start it may take minutes until "
        "there is any.\n\n"
        "Wrong:\n    taking it for a machine that does not start\nRight:\n    asking again some minutes later\n",
        help="ask again in a few minutes",
        severity="warning",
    ),
    "MC1045": Code(
        "the cloud refused to {action} {what}: {reason}{code}",
        "The request was understood and will not be carried out: the object is in another state, has no such thing, or is not there.\n\n"
        "Wrong:\n    mcflow vm reboot a-stopped-machine\nRight:\n    mcflow vm start a-stopped-machine\n",
        help="look at how it is now, and ask for what fits",
    ),
    "MC1046": Code(
        "`{address}` has no password (yet)",
        "A Windows machine makes its password at its first start and hands it out encrypted; that takes up to a quarter of an hour. A Linux "
        "machine makes none, and one without a key pair cannot hand it out.\n\n"
        "Wrong:\n    mcflow vm password web --key key.pem      # a Linux machine\nRight:\n    mcflow vm password desktop --key key.pem\n",
        help="ask again in a few minutes; it needs a Windows image and a key_pair",
    ),
    "MC1047": Code(
        "the key in `{file}` cannot be used: {reason}",
        "The password is decrypted here, with the private half of the machine's key pair: an RSA key in PEM or OpenSSH format without a "
        "passphrase.\n\n"
        "Wrong:\n    mcflow vm password desktop --key key.pub\nRight:\n    mcflow vm password desktop --key key.pem\n",
        help="name the file of the private key that belongs to the machine's key pair",
    ),
    "MC1048": Code(
        "the key in `{file}` does not open the password: it is another one than the machine's",
        "The cloud encrypted the password with the public half of the key pair the machine was made with. Only its private half opens it.\n\n"
        "Wrong:\n    mcflow vm password desktop --key other.pem\nRight:\n    mcflow vm password desktop --key the-one-of-its-key-pair.pem\n",
        help="`mcflow show ADDRESS` says which key pair the machine has",
    ),
    "MC1049": Code(
        "`{address}` has no {kind} address",
        "A machine in a private subnet is reached from inside only: through a jump host, a VPN, or from another machine.\n\n"
        "Wrong:\n    mcflow ssh database\nRight:\n    mcflow ssh database --jump bastion\n    mcflow ssh database --private\n",
        help="{advice}",
    ),
    "MC1051": Code(
        "the program `ssh` cannot be started: {reason}",
        "`mcflow ssh` runs OpenSSH's client, which Linux distributions, macOS and Windows have or install.\n\n"
        "Wrong:\n    a container without openssh-client\nRight:\n    apt-get install openssh-client\n",
        help="install it, or give --print and use another client",
    ),
    "MC1052": Code(
        "`{address}` means several objects",
        "The command works with one object. An address without an index means all instances of a resource.\n\n"
        "Wrong:\n    mcflow ssh web\nRight:\n    mcflow ssh 'web[\"a\"]'\n",
        help="name one of: {known}",
    ),
    "MC1053": Code(
        "the kubeconfig of `{address}` is none",
        "What the cluster's driver derived is not a document with clusters, users and contexts: a fault of the driver.\n\n"
        "Wrong:\n    an empty output\nRight:\n    the cloud's own tool, until the driver is mended\n",
        help="report it, and use the cloud's own tool meanwhile",
    ),
    "MC1054": Code(
        "the file `{file}` cannot be merged into: {reason}",
        "--merge reads the kubeconfig that kubectl uses ($KUBECONFIG, else ~/.kube/config), puts one cluster, user and context into it and "
        "leaves everything else. What cannot be read is never overwritten.\n\n"
        "Wrong:\n    a ~/.kube/config that is not YAML\nRight:\n    mcflow kubeconfig k8s --out k8s.yaml\n",
        help="mend the file, or write another one with --out",
    ),
    "MC1055": Code(
        "there is no {what} `{name}`{where}",
        "Raw calls use the names of the cloud's own API, in either spelling that its tools use (DescribeVpcs, describe_vpcs, "
        "describe-vpcs).\n\n"
        "Wrong:\n    mcflow raw aws ec2 DescribeVpc\nRight:\n    mcflow raw aws ec2 DescribeVpcs\n",
        help="there are: {known}",
    ),
    "MC1056": Code(
        "the parameters are not a JSON object: {reason}",
        "--params takes a JSON object, @FILE, or - for standard input.\n\n"
        "Wrong:\n    --params VpcIds=vpc-1\nRight:\n    --params '{\"VpcIds\": [\"vpc-1\"]}'\n",
        help="write them as a JSON object",
    ),
    "MC1057": Code(
        "the parameters do not fit: {problem}",
        "The parameters are checked against the API's own description before anything is sent.\n\n"
        "Wrong:\n    --params '{\"VpcId\": \"vpc-1\"}'\nRight:\n    --params '{\"VpcIds\": [\"vpc-1\"]}'\n",
        help="--help-operation lists the parameters",
    ),
    "MC1058": Code(
        "`{operation}` may change something, and --allow-write was not given",
        "Without --allow-write only operations are called that are known to change nothing. What is changed by a raw call is in no blueprint "
        "and no plan; it is recorded in the audit log of the state.\n\n"
        "Wrong:\n    mcflow raw aws ec2 TerminateInstances --params @ids.json\n"
        "Right:\n    mcflow raw aws ec2 TerminateInstances --params @ids.json --allow-write --reason 'ticket 4711'\n",
        help="give --allow-write if you mean it",
    ),
    "MC1059": Code(
        "the query `{query}` fails: {reason}",
        "--query is a JMESPath expression over the answer. It is checked before the call is sent.\n\n"
        "Wrong:\n    --query 'Vpcs[.VpcId'\nRight:\n    --query 'Vpcs[].VpcId'\n",
        help="see jmespath.org for the language",
    ),
    "MC1061": Code(
        "the answer of `{operation}` does not come in pages",
        "--all-pages gathers an answer that the API gives in parts. This operation gives it whole, or does not say how to go on.\n\n"
        "Wrong:\n    mcflow raw aws sts GetCallerIdentity --all-pages\nRight:\n    mcflow raw aws sts GetCallerIdentity\n",
        help="leave --all-pages out",
    ),
}
