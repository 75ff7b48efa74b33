"""MC05xx: connections, credentials, drivers."""

from __future__ import annotations

from mcflow.model.codes.code import Code

CODES: dict[str, Code] = {
    "MC0501": Code(
        "there is no connection `{name}`",
        """Connections stand under `connections` in the blueprint, in connections.yaml beside it, or in the user's configuration.

Wrong:  connection: soul
Right:  connection: seoul""",
        "connections: {known}",
    ),
    "MC0502": Code(
        "there is no driver `{driver}`",
        """A connection names one of the installed drivers.

Wrong:  seoul: {driver: amazon}
Right:  seoul: {driver: aws}""",
        "installed: {known}",
    ),
    "MC0503": Code(
        "the driver {driver} cannot be loaded: {reason}",
        """The driver is known, but something that it needs is not installed, or it was made for another mcflow.

Right:  pip install 'mcflow[aws]'""",
        "install what it needs",
    ),
    "MC0504": Code(
        "`{name}` is a secret written out in a file",
        """A connection says where a secret is, never what it is: `env:NAME` (the environment), `file:PATH`, or `keyring:SERVICE/NAME`. Best is to
name none at all and let the cloud's ordinary chain find the credentials.

Wrong:  seoul: {driver: aws, secret_key: wJalrXUtnFEMI}
Right:  seoul: {driver: aws, secret_key: "env:AWS_SECRET_ACCESS_KEY"}""",
        "write where it is: env:NAME, file:PATH or keyring:SERVICE/NAME; and change the secret, it has been seen",
    ),
    "MC0505": Code(
        "{name} has no connection: the blueprint knows none",
        """A resource is made through a connection, which says which cloud, where and as whom.

Right:  connections:
          lab: {driver: mock}""",
        "add `connections:` to the blueprint or a connections.yaml beside it",
    ),
    "MC0506": Code(
        "{name} needs a connection: there are several",
        """A resource has the connection that it names, else that of the resources it names, else the only one there is.

Wrong:  net: {type: vpc, properties: {…}}                      # with two connections
Right:  net: {type: vpc, connection: seoul, properties: {…}}""",
        "add `connection:`, one of: {known}",
    ),
    "MC0507": Code(
        "{name} names resources of different connections: {known}",
        """Without a connection of its own a resource has that of the resources it names, and those must agree.

Wrong:  vm in a subnet of one cloud with a key pair of another
Right:  connection: seoul""",
        "add `connection:`, or name resources of one connection",
    ),
    "MC0508": Code(
        "{type} cannot be made through {connection}, which is a connection of {driver}",
        """A native type is made through a connection of its own driver.

Wrong:  gate: {type: aws.internet_gateway, connection: lab}      # lab is mock
Right:  gate: {type: aws.internet_gateway, connection: seoul}""",
        "choose a connection of the type's own driver",
    ),
    "MC0509": Code(
        "the driver {driver} (connection {connection}) cannot make a {type}",
        """Not every cloud has, or mcflow does not yet have for every cloud, each portable type. Nothing is dropped silently.

Wrong:  files: {type: file_system, connection: seoul, …}      # a driver that `mcflow driver show` lists without file_system
Right:  files: {type: file_system, connection: lab, …}""",
        "{driver} can make: {known}",
    ),
    "MC0510": Code(
        "{file} has no `connections`",
        """A connections.yaml looks like the section of a blueprint, so that one can be moved to the other.

Wrong:  seoul: {driver: aws}
Right:  connections:
          seoul: {driver: aws}""",
        "write `connections:` above, and the rest below it",
    ),
    "MC0511": Code(
        "connection {name} needs a resource that is made in the same run",
        """A connection is opened before anything is planned, so it cannot depend on what the run makes.

Wrong:  cluster: {driver: kubernetes, host: "{{ resources.k8s.endpoint }}"}
Right:  give the value as a variable, in a second blueprint""",
        "use a variable",
    ),
    "MC0514": Code(
        "`{field}` of connection {name} is sensitive, and it is part of what the state remembers and shows",
        """The state keeps which account, region and endpoint a resource was made in, and plans show it. What must stay secret cannot be one of these.

Wrong:  seoul: {driver: aws, region: "{{ vars.place }}"}      # place: {type: string, sensitive: true}
Right:  place: {type: string}""",
        "declare the variable without `sensitive`",
    ),
    "MC0513": Code(
        "settings for {driver} mean nothing here: the connection {connection} is of another driver",
        """What stands under a driver's name counts only when the resource is made on that cloud. That is how one blueprint serves several; this is
only said so that a slip is seen.

Wrong:  awz: {instance: {…}}
Right:  aws: {instance: {…}}""",
        "leave it if the blueprint also runs on {driver}",
        "note",
    ),
}
