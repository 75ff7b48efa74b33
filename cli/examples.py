"""What one would type: two or three lines for the end of each command's help."""

from __future__ import annotations

EXAMPLES: dict[str, tuple[tuple[str, str], ...]] = {
    "init": (
        ("mcflow init", "a first blueprint for the rehearsal cloud"),
        ("mcflow init --list", "which recipes there are"),
        ("mcflow init --recipe web-tier --chdir shop", "another recipe, in the new folder shop"),
    ),
    "validate": (
        ("mcflow validate", "check mcflow.yaml"),
        ("mcflow validate -f shop.yaml -o json", "another file, findings for a program"),
    ),
    "doctor": (
        ("mcflow doctor", "is everything as it should be?"),
        ("mcflow doctor --fix", "settle what an interrupted run left open"),
        ("mcflow doctor -o json --strict", "for a pipeline: warnings fail it too"),
    ),
    "plan": (
        ("mcflow plan", "what would apply do?"),
        ("mcflow plan --out today.mcplan", "save it; `mcflow apply today.mcplan` does exactly that"),
        ("mcflow plan --detailed-exitcode", "for CI: 0 nothing to do, 2 changes, 1 error"),
        ("mcflow plan --target 'server[\"0\"]'", "this machine and what it needs"),
    ),
    "apply": (
        ("mcflow apply", "plan, ask, do"),
        ("mcflow apply today.mcplan", "do what was saved, without a question"),
        ("mcflow apply -y -e staging --var servers=4", "without a question, in another environment"),
        ("mcflow apply --replace 'server[\"0\"]'", "make this machine anew"),
    ),
    "destroy": (
        ("mcflow destroy", "show what would go, ask, remove it"),
        ("mcflow destroy --target web", "this resource and what needs it"),
    ),
    "discover": (
        ("mcflow discover aws", "what there is in the connection aws, and whose it is"),
        ("mcflow discover aws --managed nobody --type 'security*'", "the security groups that nobody manages"),
        ("mcflow discover aws --import --tag env=prod", "take them over: found.yaml and the state"),
        ("mcflow discover aws eipalloc-0a1b --destroy", "away with it, after a look at the plan"),
    ),
    "catalog regions": (("mcflow catalog regions aws", "which regions this account may use"),),
    "catalog zones": (("mcflow catalog zones aws --region eu-west-1", "the zones of another region"),),
    "catalog images": (
        ("mcflow catalog images aws --os ubuntu --version 24.04", "Canonical's, newest first"),
        ("mcflow catalog images aws --os debian --arch arm64 --limit 1 -o name", "the id of the newest"),
    ),
    "catalog specs": (
        ("mcflow catalog specs aws --vcpus 2..8 --memory 16..", "sizes that fit"),
        ("mcflow catalog specs aws --gpus 1.. --sort price --limit 5", "the five cheapest with a GPU"),
        ("mcflow catalog specs --driver aws --region eu-west-1 -o csv", "without a blueprint, for a spreadsheet"),
    ),
    "catalog prices": (
        ("mcflow catalog prices aws --of disk", "what a GiB costs a month, by type"),
        ("mcflow catalog prices aws --spot --name 't3.*'", "spot prices, by zone"),
    ),
    "catalog quotas": (("mcflow catalog quotas aws --service ec2 --name '*Elastic*'", "how many addresses?"),),
    "catalog services": (("mcflow catalog services aws --available", "which types this connection offers"),),
    "refresh": (
        ("mcflow refresh", "has anybody changed something by hand?"),
        ("mcflow refresh -o json | jq .resource_drift", "the same for a program"),
    ),
    "import": (
        ("mcflow import net vpc-0123", "this VPC is the blueprint's `net` from now on"),
        ("mcflow import 'web[\"a\"]' i-0456", "one instance of a for_each"),
        ("mcflow import app subnet=subnet-1 route_table=rtb-2", "ids by native, where one does not tell everything"),
        ("mcflow import --from ids.csv", "many at once: lines of address,id"),
    ),
    "show": (
        ("mcflow show", "the state in short"),
        ("mcflow show 'server[\"0\"]'", "a resource, its choices and its natives"),
        ("mcflow show today.mcplan -o json", "a saved plan for a program"),
    ),
    "output": (
        ("mcflow output", "all outputs"),
        ("mcflow output --raw address", "one text as it is, for a script"),
        ("mcflow output -o json | jq .addresses", "for a program"),
    ),
    "graph": (
        ("mcflow graph --out graph.svg", "a drawing for a browser"),
        ("mcflow graph --format mermaid", "for a README"),
        ("mcflow graph | dot -Tpng -o graph.png", "with Graphviz"),
    ),
    "console": (
        ("mcflow console", "type expressions, Ctrl-D leaves"),
        ("mcflow console -c 'resources.net.id'", "one expression"),
        ("echo 'vars.servers + 1' | mcflow console", "expressions from a pipe, one a line"),
    ),
    "metrics": (
        ("mcflow metrics web", "the last hour of every machine of web"),
        ("mcflow metrics 'web[\"0\"]' --range 24h --metric cpu", "one machine, one metric, a day"),
        ("mcflow metrics web --svg web.svg", "a drawing for a browser"),
        ("mcflow metrics web -o csv", "for a spreadsheet"),
    ),
    "events": (
        ("mcflow events web", "what happened to it since yesterday, and who did it"),
        ("mcflow events aws --since 30m", "everything in the connection"),
        ("mcflow events aws --follow", "and what happens from now on"),
    ),
    "vm start": (
        ("mcflow vm start web", "all machines of web"),
    ),
    "vm stop": (
        ("mcflow vm stop 'web[\"0\"]'", "one machine, after a question"),
        ("mcflow vm stop web -y --no-wait", "all of them, from a script"),
    ),
    "vm reboot": (
        ("mcflow vm reboot web --reason 'ticket 4711'", "why, for the audit log"),
    ),
    "vm console": (
        ("mcflow vm console web | tail", "why does it not start?"),
    ),
    "vm password": (
        ("mcflow vm password desktop --key key.pem", "of a Windows machine"),
    ),
    "ssh": (
        ("mcflow ssh web", "log in"),
        ("mcflow ssh 'web[\"0\"]' -- uptime", "run a command"),
        ("mcflow ssh database --jump bastion", "through another machine of the state, or user@host"),
        ("mcflow ssh web --print", "what would be run?"),
    ),
    "kubeconfig": (
        ("mcflow kubeconfig k8s --out k8s.yaml", "a file for kubectl --kubeconfig"),
        ("mcflow kubeconfig k8s --merge --use", "make it kubectl's current context"),
    ),
    "kube-token": (
        ("mcflow kube-token aws k8s-3f9a2c1b", "what kubectl runs, by hand"),
    ),
    "raw": (
        ("mcflow raw aws", "which services are there?"),
        ("mcflow raw aws ec2", "which operations has this one?"),
        ("mcflow raw aws ec2 DescribeVpcs --help-operation", "what does it take?"),
        ("mcflow raw aws ec2 DescribeVpcs --query 'Vpcs[].VpcId'", "call it"),
        ("mcflow raw aws ec2 DescribeVpcs --params @vpcs.json", "with parameters"),
    ),
    "state list": (
        ("mcflow state list", "every native"),
        ("mcflow state list server net", "of these two resources"),
        ("mcflow state list --type aws.vpc -o name", "of one type, addresses only"),
    ),
    "state show": (
        ("mcflow state show", "the state in short"),
        ("mcflow state show net/vpc -o json", "one native for a program"),
    ),
    "state rekey": (
        ("mcflow state rekey", "after `key` was changed and the old one put into `previous_keys`"),
    ),
    "state decrypt": (
        ("mcflow state decrypt", "after `encrypt: true` was removed from the blueprint"),
    ),
    "state history": (
        ("mcflow state history", "who changed it, when and why"),
        ("mcflow state history --audit", "every run ever"),
        ("mcflow apply --reason 'ticket 4711'", "how the why gets there"),
    ),
    "state mv": (
        ("mcflow state mv web site", "with all its instances and natives"),
        ("mcflow state mv 'web[\"0\"]' 'web[\"a\"]'", "one instance"),
    ),
    "state rm": (
        ("mcflow state rm 'web[\"3\"]'", "forget it; it stays in the cloud"),
    ),
    "state pull": (
        ("mcflow state pull > state.json", "the whole state, secrets sealed"),
    ),
    "state push": (
        ("mcflow state push state.json --dry-run", "what would it change?"),
    ),
    "state diff": (
        ("mcflow state diff 41", "what changed since serial 41"),
        ("mcflow state diff 41 52", "between two serials of the history"),
        ("mcflow state diff backup.json", "since that was pulled"),
    ),
    "state rollback": (
        ("mcflow state rollback 41", "plan, ask, bring the clouds back"),
        ("mcflow state history", "which serials there are"),
    ),
    "state repair": (
        ("mcflow state repair", "what is damaged, and what can be proven?"),
        ("mcflow state repair --accept-loss", "take the newest proven state; the next apply searches the clouds"),
        ("mcflow state repair --from-history 41", "take this snapshot"),
    ),
    "state migrate": (
        ("mcflow state migrate --from old.yaml", "the `state:` block changed: old.yaml is the blueprint before"),
        ("mcflow state migrate --from '{path: ../states}'", "the same, with the old block itself"),
        ("mcflow state migrate --from-name shop", "the blueprint was called shop"),
    ),
    "forget": (
        ("mcflow forget legacy --dry-run", "which objects would nobody manage any more?"),
        ("mcflow forget 'web[\"3\"]'", "one instance"),
    ),
    "lock show": (
        ("mcflow lock show", "is somebody applying?"),
    ),
    "lock release": (
        ("mcflow lock release", "its holder is gone and its time has run out"),
        ("mcflow lock release --force", "its machine is gone for certain"),
    ),
    "driver list": (
        ("mcflow driver list", "what is installed"),
    ),
    "driver show": (
        ("mcflow driver show aws", "settings of a connection, types"),
        ("mcflow driver show aws -o json | jq .native_types", "for a program"),
    ),
    "schema": (
        ("mcflow schema > mcflow.schema.json", "then begin the blueprint with the next line"),
        ("# yaml-language-server: $schema=mcflow.schema.json", "and the editor completes and checks it"),
        ("mcflow schema vm", "the properties and outputs of one type"),
    ),
    "explain": (
        ("mcflow explain MC0201", "what it means, a wrong and a right example"),
        ("mcflow explain", "all codes"),
    ),
    "version": (
        ("mcflow version", "mcflow, Python, drivers"),
        ("mcflow version -o json", "for a program"),
    ),
    "completion": (
        ("source <(mcflow completion bash)", "into ~/.bashrc"),
        ("source <(mcflow completion zsh)", "into ~/.zshrc, after compinit"),
        ("mcflow completion fish > ~/.config/fish/completions/mcflow.fish", "once"),
    ),
}
"""By the command's path without ``mcflow``: (what to type, what for)."""
