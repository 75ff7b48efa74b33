"""MC0744–MC076x: the remote stores of a state: buckets and databases."""

from __future__ import annotations

from mcflow.model.codes.code import Code

CODES: dict[str, Code] = {
    "MC0744": Code(
        "the state is being written by {who}, since {since}",
        "One run at a time may change a state. On a remote store the lease of a run lasts as long as the run shows that it\n"
        "lives. If it was killed, nobody can know until its lease has run out, and the requests that it may have sent with it.\n\n"
        "wrong:  mcflow lock release --force       (while that run is at work: its next write is refused, and it ends)\n"
        "right:  mcflow apply --lock-timeout 5m\n\n"
        "`mcflow plan` needs no lease and works meanwhile.",
        "wait for it to end (--lock-timeout 5m); if it is dead, the lease runs out at {until}, or `mcflow lock release --force` ends it now",
    ),
    "MC0745": Code(
        "{place} is older than what was seen of it: {problem}",
        "This machine remembers how far the state had got, and the store has less, or something else there: it was put back\n"
        "to an older copy, or is another state of the same name. Objects made since then would be made twice.\n\n"
        "wrong:  restoring a bucket from last week's backup to undo an apply\n"
        "right:  put the newest copy back; to undo an apply, apply the earlier blueprint",
        "put the newest copy back; if the state was removed on purpose and begins anew, delete {file}",
    ),
    "MC0746": Code(
        "the log of the state in {place} is damaged: {problem}",
        "A state on a remote store is a log of numbered, immutable entries, each chained to the one before it. One of them is\n"
        "missing or is not what was written, so what the state was cannot be proven, and mcflow does not guess.\n\n"
        "wrong:  deleting objects of the state, or a rule of the bucket that expires them\n"
        "right:  bring the object back from the bucket's versions or backup",
        "bring the objects back as they were; do not let the store expire them",
    ),
    "MC0747": Code(
        "{place} cannot keep a state: {problem}",
        "That two runs never overwrite each other rests on one promise of the store: an object is created only if there is\n"
        "none of its name, and everybody sees it at once. It was just tried, and this store does not keep that promise.\n\n"
        "wrong:  an emulator or an S3-compatible store that ignores `If-None-Match`\n"
        "right:  a store (or a newer version of it) with conditional writes and consistent reads and listings",
        "use another store; nothing was changed but the probe",
    ),
    "MC0755": Code(
        "a state in {kind} needs the package {package}, which is not installed",
        "Remote stores are extras, so that who does not use them need not install them.\n\n"
        "wrong:  pip install mcflow                  (and `state: {s3: …}` in the blueprint)\n"
        "right:  pip install 'mcflow[s3]'            (or gcs, azureblob, postgresql)",
        "{hint}",
    ),
    "MC0756": Code(
        "no valid credentials for {place}: {problem}",
        "The store is opened with the ordinary chain of its cloud: for S3 environment, profile, single sign-on, role of the\n"
        "container or machine; for Google the application default credentials; for Azure AZURE_STORAGE_ACCOUNT_KEY,\n"
        "AZURE_STORAGE_SAS_TOKEN or the default chain; for PostgreSQL PGPASSWORD, ~/.pgpass, a service file or certificates.\n"
        "It gave nothing, or what the store does not accept.\n\n"
        "wrong:  state: {s3: {bucket: acme-state, access_key: AKIA…}}\n"
        "right:  state: {s3: {bucket: acme-state, profile: deploy}}     and  aws sso login --profile deploy",
        "log in as you do for that cloud's own tools, or say which profile, service or account is meant",
    ),
    "MC0757": Code(
        "{place} refuses: {problem}",
        "The store knows who asks, but does not allow it. A state needs to list, read, write and remove objects below its\n"
        "prefix (docs/stores.md has the policies). Without the right to list, S3 calls an object that does not exist forbidden.\n\n"
        "wrong:  a policy with s3:GetObject and s3:PutObject only\n"
        "right:  s3:ListBucket on the bucket; s3:GetObject, s3:PutObject, s3:DeleteObject on bucket/prefix/*",
        "give it the rights that docs/stores.md lists",
    ),
    "MC0758": Code(
        "there is no {kind} `{name}` for the state in {place}",
        "A bucket, container or database is made by you, once, where and how your rules want it: mcflow makes none.\n\n"
        "wrong:  state: {s3: {bucket: acme-sate}}\n"
        "right:  state: {s3: {bucket: acme-state}}\n"
        "        aws s3api create-bucket --bucket acme-state   (versioning on, public access off)",
        "check its name, account and region; or make it",
    ),
    "MC0759": Code(
        "{place} cannot be reached: {problem}",
        "The store did not answer, or answered that it failed, also when asked again for some seconds. Nothing was changed\n"
        "that is not in the state; a run that was under way ends its calls in flight and keeps their results.\n\n"
        "wrong:  endpoint: http://minio:9001      (the console's port)\n"
        "right:  endpoint: http://minio:9000",
        "check the endpoint, the network, proxies (HTTPS_PROXY) and the service; then try again",
    ),
    "MC0760": Code(
        "the store of the state cannot be used as it is configured: {problem}",
        "An endpoint that is no address, a bucket in another region, a name that the service does not take.\n\n"
        "wrong:  state: {s3: {bucket: acme-state, region: eu-west-1}}      (the bucket is in eu-central-1)\n"
        "right:  state: {s3: {bucket: acme-state, region: eu-central-1}}",
        "check the settings of {place}",
    ),
    "MC0761": Code(
        "the table {table} is no table of mcflow's, or of another version: its comment {found}",
        "mcflow makes its table itself and writes its version into the table's comment. It touches no table it does not know.\n\n"
        "wrong:  state: {postgresql: {database: ops, table: users}}\n"
        "right:  state: {postgresql: {database: ops, schema: mcflow}}",
        "name another table or schema, or use the version of mcflow that made it",
    ),
    "MC0762": Code(
        "the password for {place} cannot be read: {problem}",
        "`password` says where it is: env:NAME, file:PATH or keyring:SERVICE/NAME.\n\n"
        "wrong:  password: env:DB_PASSWROD\n"
        "right:  password: env:DB_PASSWORD",
        "put it there, or leave `password` out for PGPASSWORD and ~/.pgpass",
    ),
}
