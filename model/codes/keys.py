"""MC0736–MC0739, MC0765–MC0772: the keys of a state, and encryption at rest."""

from __future__ import annotations

from mcflow.model.codes.code import Code

CODES: dict[str, Code] = {
    "MC0736": Code(
        "the state is encrypted with key {wanted}, and none of the keys configured is that one ({known})",
        "Each document of an encrypted state names its key by eight hex digits that tell nothing about it. Of the key in\n"
        "`state.key` and those in `state.previous_keys` none has them.\n\n"
        "wrong:  state: {encrypt: true, key: env:NEW_KEY}\n"
        "right:  state: {encrypt: true, key: env:NEW_KEY, previous_keys: [env:OLD_KEY]}, then mcflow state rekey",
        "give the key that encrypted it, or name it in previous_keys",
    ),
    "MC0737": Code(
        "{source} does not open the state's data key {key}",
        "The data key that the state is sealed with is kept in its store, wrapped by a passphrase, by age or by a key\n"
        "service. What is configured is not what wrapped it, or the copy in the store is another state's.\n\n"
        "wrong:  a passphrase with a slip of the pen, an identity that is not among the recipients, another KMS key\n"
        "right:  the one that wrapped it; to change it, put the new one in `key` and this one in `previous_keys`",
        "use the passphrase, identity or KMS key that the state was sealed with",
    ),
    "MC0738": Code(
        "{source} cannot be used: {problem}",
        "What keeps the key did not answer, refused, or is not installed. Nothing was written.\n\n"
        "wrong:  awskms: without the right to kms:GenerateDataKey and kms:Decrypt\n"
        "right:  give the run credentials for the key; both calls carry the encryption context of the state",
        "correct it and run again",
    ),
    "MC0739": Code(
        "the passphrase in {source} is shorter than {least} characters",
        "Whoever has a copy of the store can try passphrases as fast as their machines allow. A short one is found.\n\n"
        "wrong:  export MCFLOW_PASSPHRASE=hunter2\n"
        "right:  export MCFLOW_PASSPHRASE='seven words that nobody has put together before'",
        "choose a longer one: six or more random words",
    ),
    "MC0765": Code(
        "a state in a shared store needs a key that others can have too",
        "Secrets in it (and all of it with `encrypt: true`) would be sealed with the key of this user on this machine: no\n"
        "colleague and no pipeline could open them, and losing the machine would lose them.\n\n"
        "wrong:  state: {s3: {bucket: acme-state}, encrypt: true}\n"
        "right:  state: {s3: {bucket: acme-state}, encrypt: true, key: awskms:alias/mcflow}\n"
        "        (or env:NAME, file:PATH, passphrase:env:NAME, age:IDENTITY_FILE; or export MCFLOW_STATE_KEY=…)",
        "name a key in the blueprint's `state: {{key: …}}`, or set MCFLOW_STATE_KEY",
    ),
    "MC0766": Code(
        "record {number} in {place} was not written there by anybody who has the state's key",
        "Its checksum is right, but it does not open with the key: it was forged, or taken from another state or another\n"
        "place in this one. mcflow does not go on from it.\n\n"
        "wrong:  copying lines or files of one state's journal into another's\n"
        "right:  put the state back from your backup, and find out who can write to its store",
        "put the state back from a backup",
    ),
    "MC0767": Code(
        "the state in {place} is not encrypted yet",
        "`encrypt: true` is set, and the state was written before that, in clear. The next run that writes encrypts all of\n"
        "it, history included; from then on nothing in clear is taken for part of it. If you see this for a state that\n"
        "was encrypted before, somebody has replaced it.\n\n"
        "wrong:  taking this for granted on a state that was encrypted yesterday\n"
        "right:  mcflow apply, or at once: mcflow state rekey",
        "apply, or run `mcflow state rekey`; older backups stay in clear",
        "warning",
    ),
    "MC0768": Code(
        "the state in {place} is encrypted, and the blueprint does not say that it shall be",
        "Writing to it in clear would undo its protection by omission.\n\n"
        "wrong:  removing `encrypt: true` and applying\n"
        "right:  state: {encrypt: true, …}; or, if it shall be in clear from now on: mcflow state decrypt",
        "set `encrypt: true` again, or run `mcflow state decrypt`",
    ),
    "MC0769": Code(
        "the keys document {place} is damaged, and so is its copy",
        "It says which key the state is under and keeps the wrapped data keys. Without it nothing that a passphrase, age\n"
        "or a key service protects can be opened.\n\n"
        "wrong:  editing keys.json\n"
        "right:  put keys.json or keys.copy.json back from your backup",
        "put either of the two back from a backup; they change only when keys do",
    ),
    "MC0770": Code(
        "the plan file {path} was not made with this state's key",
        "A plan file says what will be done. This one carries no proof that somebody who has the key made it, or the proof\n"
        "is wrong: it was changed, forged, or made where another key is configured.\n\n"
        "wrong:  mcflow plan --out p.plan on a machine with one key, mcflow apply p.plan on one with another\n"
        "right:  configure the same `state.key` on both, and plan again",
        "make the plan again here, or configure the key that it was made with",
    ),
    "MC0771": Code(
        "the keys document {place} is damaged; its copy is whole",
        "It is kept twice, and the other one is as it was written. The next run that writes puts this one right.\n\n"
        "wrong:  editing keys.json\n"
        "right:  nothing to do; if it happens again, look at the disk",
        "nothing is lost; check the disk if this comes back",
        "warning",
    ),
    "MC0772": Code(
        "the state in {place} is still under key {old}; the one configured is another",
        "Both keys are needed until everything is under the new one. Nothing is lost meanwhile.\n\n"
        "wrong:  throwing the old key away now\n"
        "right:  mcflow state rekey, then remove the old key from `previous_keys`",
        "run `mcflow state rekey`",
        "warning",
    ),
}
