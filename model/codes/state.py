"""MC07xx: state: journal, lease, sealing, recovery."""

from __future__ import annotations

from mcflow.model.codes.code import Code

CODES: dict[str, Code] = {
    "MC0701": Code(
        "the state is being written by {who}",
        "One run at a time may change a state. The lock ends by itself when that process ends, however it ends; there\n"
        "is nothing to remove.\n\n"
        "wrong:  two pipelines that apply the same environment at the same time\n"
        "right:  let the first finish, or give each its own environment:  mcflow apply -e staging\n\n"
        "`mcflow plan` needs no lease and works meanwhile.",
        "wait for it to end, or let mcflow wait for it with --lock-timeout 5m; the state is in {place}",
    ),
    "MC0702": Code(
        "this run no longer holds the lease of the state; it is now held by {who}",
        "Every write checks that the lease is still this run's. It is not: this process was stopped for longer than its\n"
        "lease lasts, somebody ended it by force (`mcflow lock release`), the lease file was removed, or this is a copy\n"
        "(a fork) of the process that took it. Nothing was written after that.\n\n"
        "wrong:  removing files of the state while a run goes on\n"
        "right:  end the run (Ctrl-C), then apply again; what was under way is recovered",
        "apply again; open operations are recovered",
    ),
    "MC0703": Code(
        "the journal cannot be written: {problem}",
        "No cloud is changed before the intent to do so is durable. The journal cannot be written (disk full,\n"
        "read-only, a fault of the disk), so nothing new is started; calls in flight are finished and kept in an\n"
        "emergency file, which the next run merges.\n\n"
        "wrong:  deleting files of the state to make room\n"
        "right:  make room elsewhere (or repair the disk), then apply again",
        "make room or repair the disk that holds {place}, then apply again",
    ),
    "MC0704": Code(
        "{count} records could be written nowhere: {problem}",
        "The journal could not be written, and neither could the emergency file beside it nor the one in your own state\n"
        "folder. The intents are durable; what the clouds answered to the calls in flight is not. The next apply looks\n"
        "for these objects by their marks and takes them over.\n\n"
        "wrong:  creating the objects again by hand\n"
        "right:  make room or repair the disk, then apply again",
        "make room or repair the disk, then apply again: open operations are recovered by their marks",
    ),
    "MC0705": Code(
        "the snapshot cannot be written: {problem}",
        "Everything is safe in the journal, but it could not be folded into a new snapshot. The next run does it.\n\n"
        "wrong:  deleting the journal to make room\n"
        "right:  make room elsewhere; nothing else is needed",
        "make room on the disk that holds {place}; nothing is lost",
    ),
    "MC0710": Code(
        "the state in {place} is gone, but it had reached serial {serial}",
        "The head mark, which is kept apart from the state, says that there was one. Starting afresh would create\n"
        "everything a second time.\n\n"
        "wrong:  applying from a new machine or a cleaned folder without the state\n"
        "right:  put the folder back from a backup. If everything it described is really destroyed, remove the mark\n"
        "        too: the file of this environment's name in `.heads` beside the state's folder",
        "put {place} back from a backup, or remove its mark in `.heads` if nothing it described exists any more",
    ),
    "MC0711": Code(
        "{place} {problem}; the state was restored in full from {source}",
        "A file of the state was damaged, and the others prove what it said: hash chain and head mark agree with the\n"
        "result. The next run that writes puts the file right.\n\n"
        "wrong:  editing files of the state\n"
        "right:  nothing to do; if it happens again, look at the disk",
        "nothing is lost; check the disk if this comes back",
        "warning",
    ),
    "MC0712": Code(
        "the last record of {place} is torn ({bytes} bytes from byte {offset})",
        "A crash interrupted the write of the journal's last record. It had not been acknowledged, so nothing depends\n"
        "on it; it is kept aside, and the clouds are searched for our marks before anything is planned.\n\n"
        "wrong:  removing the torn bytes by hand\n"
        "right:  apply again",
        "nothing to do: the next apply keeps it aside and looks for what it may have been about",
        "warning",
    ),
    "MC0713": Code(
        "the head mark of {place} is missing or damaged",
        "The mark is what shows that a journal was cut or replaced by an old copy. Without it that cannot be checked\n"
        "this once; the clouds are searched for our marks before anything is planned. The next run that writes makes a\n"
        "new one.\n\n"
        "wrong:  copying only the environment's folder to another machine\n"
        "right:  copy the whole `.mcflow` folder",
        "if you copied the state here, make sure that it is the newest copy",
        "warning",
    ),
    "MC0714": Code(
        "a torn journal record is kept in {place}",
        "An earlier run was interrupted while writing it. Until a run has searched the clouds for our marks and\n"
        "finished, every plan does so first.\n\n"
        "wrong:  deleting it\n"
        "right:  apply; the file is then renamed to `….settled` and no longer counts",
        "apply settles it",
        "warning",
    ),
    "MC0715": Code(
        "the state in {place} is not the one last written: {problem}",
        "The head mark, which is kept apart from the state, does not agree with it: the journal was cut, or the folder\n"
        "was replaced by an older copy. Objects made since then would be forgotten, or made twice.\n\n"
        "wrong:  restoring an old copy of `.mcflow` to undo an apply\n"
        "right:  put the newest copy back; to undo an apply, apply the earlier blueprint",
        "put the newest copy back; the newest intact snapshot here is {backup}",
    ),
    "MC0716": Code(
        "{count} records were brought back from the emergency file {place}",
        "An earlier run could not write its journal and kept what its calls in flight came to in this file. They are\n"
        "part of the state again.\n\n"
        "wrong:  deleting the file before the next apply\n"
        "right:  nothing to do; the next run that writes puts them into the journal",
        "",
        "note",
    ),
    "MC0717": Code(
        "the emergency file {place} does not belong to this state",
        "It was written by a run of another state, or of an older copy of this one. It is left out, and the clouds are\n"
        "searched for our marks before anything is planned.\n\n"
        "wrong:  restoring an old copy of the state after a run that ended with a full disk\n"
        "right:  put the newest copy back",
        "put the newest copy of the state back if you replaced it",
        "warning",
    ),
    "MC0718": Code(
        "the state in {place} is damaged: {problem}",
        "Snapshot, journal, history and head mark do not prove what the state was, so mcflow does not guess: objects\n"
        "could be forgotten, or made twice.\n\n"
        "wrong:  editing or deleting files of the state until the message goes away\n"
        "right:  put `.mcflow` back from your backup, all of it, mark included",
        "put the state back from your backup; the newest intact snapshot here is {backup}",
    ),
    "MC0719": Code(
        "the audit log of {place} does not hold: {problem}",
        "Each record is chained to all before it. One was changed, removed or damaged. The state itself is checked\n"
        "separately and is not affected.\n\n"
        "wrong:  editing audit segments\n"
        "right:  put the `journal` folder's audit segments back from a backup, or  mcflow state repair,  which sets what is\n"
        "        damaged aside and writes into the log that records were lost",
        "put the audit segments back from a backup, or `mcflow state repair` to have the gap written into the log",
    ),
    "MC0720": Code(
        "{place} has format version {version}; this mcflow reads up to {current}",
        "It was written by a newer mcflow. Reading it with an older one could lose what that does not know.\n\n"
        "wrong:  changing format_version by hand\n"
        "right:  pip install --upgrade mcflow",
        "upgrade mcflow",
    ),
    "MC0721": Code(
        "{place} has format version {version}, from which this mcflow cannot upgrade to {current}",
        "Formats are upgraded one version at a time, and no step leads on from this one.\n\n"
        "wrong:  changing format_version by hand\n"
        "right:  apply once with the mcflow release that wrote it and the ones between, in order",
        "use an earlier release of mcflow to upgrade it first",
    ),
    "MC0722": Code(
        "{place} is intact but does not read as a state: {problem}",
        "The checksum is right, so this is what was written; but it is not of the shape that this mcflow writes.\n\n"
        "wrong:  a development version's state read by a release\n"
        "right:  use the mcflow that wrote it",
        "use the version of mcflow that wrote it",
    ),
    "MC0723": Code(
        "the history has no snapshot of serial {serial}",
        "The last 20 snapshots are kept.\n\n"
        "wrong:  mcflow state history 7        (when 7 is not listed)\n"
        "right:  mcflow state history          (lists what is kept)",
        "kept are: {kept}",
    ),
    "MC0724": Code(
        "the snapshot of serial {serial} in the history is damaged ({place})",
        "It is not what was written. The state itself does not depend on it.\n\n"
        "wrong:  editing files of the history\n"
        "right:  use another serial:  mcflow state history",
        "choose another serial",
    ),
    "MC0730": Code(
        "a sealed value was sealed with key {wanted}, but the key in use is {key}",
        "Secrets in a state can be opened with the key that sealed them only.\n\n"
        "wrong:  applying on another machine with that machine's own key\n"
        "right:  export MCFLOW_STATE_KEY=…        (the key of the machine or pipeline that sealed it; 32 bytes, base64)",
        "give the key that sealed it: in MCFLOW_STATE_KEY, or, after a change of `key`, in `previous_keys` (`user` is the one that nobody configured)",
    ),
    "MC0731": Code(
        "a sealed value cannot be opened: it is damaged, or belongs to another state",
        "Sealed values are bound to their state; one that was edited, or copied from another state, does not open.\n\n"
        "wrong:  copying a sealed text from one state into another\n"
        "right:  set the secret again in the blueprint and apply",
        "set the secret again and apply",
    ),
    "MC0732": Code(
        "the sealing key from {source} is not 32 bytes ({found})",
        "A key is 32 random bytes, written in base64.\n\n"
        "wrong:  MCFLOW_STATE_KEY=hunter2\n"
        "right:  export MCFLOW_STATE_KEY=$(openssl rand -base64 32)",
        "make one with: openssl rand -base64 32",
    ),
    "MC0733": Code(
        "there is no sealing key in {source}",
        "The configuration names a place that holds no key.\n\n"
        "wrong:  key: file:/etc/mcflow/kye\n"
        "right:  key: env:MCFLOW_STATE_KEY | file:PATH | keyring:SERVICE/NAME | user",
        "put a key there (openssl rand -base64 32) or name another place",
    ),
    "MC0734": Code(
        "{reference} does not name a place for a sealing key",
        "A key comes from an environment variable, a file, the system's keyring, the user's own key file, or a service\n"
        "that wraps it: a passphrase, age, AWS KMS. See docs/encryption.md.\n\n"
        "wrong:  key: vault\n"
        "right:  key: env:NAME | file:PATH | keyring:SERVICE/NAME | passphrase:env:NAME | age:FILE | awskms:KEY | user",
        "write one of: {known}",
    ),
    "MC0735": Code(
        "the sealing key in {source} cannot be used: {problem}",
        "A key file must be a plain file of yours that nobody else can read; a keyring must answer.\n\n"
        "wrong:  chmod 644 ~/.config/mcflow/state.key\n"
        "right:  chmod 600 ~/.config/mcflow/state.key",
        "correct it, or name another place for the key",
    ),
    "MC0740": Code(
        "{path} {problem}",
        "Files of a state are private, plain files of the user who runs mcflow: a link or a pipe in their place, or a\n"
        "file that others can use, could leak the state or redirect its writes.\n\n"
        "wrong:  chmod -R a+rX .mcflow, or a symbolic link to a shared folder\n"
        "right:  chmod -R go= .mcflow",
        "if it is yours and genuine: chmod -R go= .mcflow",
    ),
    "MC0741": Code(
        "there is no state store of kind {kind}",
        "The blueprint's `state` block names a kind of store that this mcflow does not have.\n\n"
        "wrong:  state: {kind: locale}\n"
        "right:  state: {kind: local}",
        "use one of: {known}",
    ),
    "MC0742": Code(
        "{name} cannot be the name of a state or environment",
        "Names become folders: letters, digits, `_`, `-` and `.`, beginning with a letter, a digit or `_`, at most 128.\n\n"
        "wrong:  mcflow plan -e ../production\n"
        "right:  mcflow plan -e production",
        "use letters, digits, _, - and .",
    ),
    "MC0743": Code(
        "{place} cannot be used: {problem}",
        "The system refused to read or write a file of the state. Nothing was changed.\n\n"
        "wrong:  sudo mcflow apply, and mcflow plan as yourself afterwards\n"
        "right:  run mcflow as one user, who owns `.mcflow`, on a disk that can be written",
        "look at the file's owner and mode, and at the disk",
    ),
    "MC0773": Code(
        "nothing in the state has the address {address}",
        "State commands take the address of a resource (web, web[\"0\"]) or of one of its natives (web[\"0\"]/instance), as\n"
        "`mcflow state list` prints them. Quote it: shells eat brackets and quotes.\n\n"
        "wrong:  mcflow state mv web[0] web[1]\n"
        "right:  mcflow state mv 'web[\"0\"]' 'web[\"1\"]'",
        "`mcflow state list` prints every address",
    ),
    "MC0774": Code(
        "an operation on {address} was left open",
        "An earlier run was interrupted, and what became of its call is not settled yet. Until it is, the record of this\n"
        "object may not be moved, forgotten or replaced: recovery works with it.\n\n"
        "wrong:  mcflow state mv net lan        (right after a killed apply)\n"
        "right:  mcflow apply, or mcflow refresh; then mcflow state mv net lan",
        "let `mcflow refresh` (or apply) settle it first",
    ),
    "MC0775": Code(
        "{old} cannot become {new}: {problem}",
        "A move changes an address and nothing else: the new one must be free and of the same kind and type.\n\n"
        "wrong:  mcflow state mv web database        (database exists)\n"
        "right:  mcflow state mv web site",
        "choose an address that is free; `mcflow state list` prints those in use",
    ),
    "MC0776": Code(
        "{address} is needed by {users}",
        "What depends on it stays in the state and would name something that mcflow no longer knows.\n\n"
        "wrong:  mcflow forget net\n"
        "right:  mcflow forget net web        (all of them), or  mcflow forget --force net",
        "forget what depends on it too, or give --force",
    ),
    "MC0777": Code(
        "{file} is not a newer version of this state: {problem}",
        "A pushed document must be of this very state (lineage) and not older than it (serial): pushing another one, or a\n"
        "copy that somebody has moved on from, would forget what was made since.\n\n"
        "wrong:  mcflow state push backup-of-last-week.json\n"
        "right:  mcflow state pull > state.json, edit, mcflow state push state.json",
        "pull again and repeat the edit; --force pushes it all the same",
    ),
    "MC0778": Code(
        "{file} cannot be taken for a state: {problem}",
        "A pushed document must have the form that `mcflow state pull` writes, and agree with itself: every record under its\n"
        "own address, every edge and every list naming something that is there, no object twice.\n\n"
        "wrong:  a document with a native removed and its resource left\n"
        "right:  mcflow state pull > state.json, edit, mcflow state push state.json",
        "`mcflow state pull` writes the form; `mcflow state history` names serials",
    ),
    "MC0779": Code(
        "{count} sealed values of {file} cannot be opened with the key in use",
        "Sensitive values stay sealed in a pulled document. Pushed into a state whose key is another (or that has another\n"
        "name or environment), they would be lost: nothing could ever open them again.\n\n"
        "wrong:  pulling from staging and pushing to production\n"
        "right:  mcflow state migrate --from-environment staging -e production",
        "use the key that sealed them; --force pushes them all the same",
    ),
    "MC0785": Code(
        "{address} cannot be brought back as it was: {problem}",
        "A rollback is planned from what the history recorded. What was not recorded, or held a value of something that is\n"
        "made anew, cannot be restored exactly from it.\n\n"
        "wrong:  taking a rollback for a backup of what is inside the objects\n"
        "right:  apply the earlier blueprint, which says what each value is made of",
        "look at it after the rollback, or apply the earlier blueprint instead",
        "warning",
    ),
    "MC0786": Code(
        "the blueprint does not change with a rollback",
        "The clouds go back to what the history recorded; the next apply brings them to what the blueprint says, as always.\n\n"
        "wrong:  rolling back and applying the same blueprint again\n"
        "right:  rolling back, then putting the earlier blueprint back too (git revert)",
        "put the earlier blueprint back before the next apply",
        "warning",
    ),
    "MC0789": Code(
        "the lock of {place} is held by {who}",
        "It is alive, as far as can be seen. Taking its lock away is safe for the state (a writer without its lock is\n"
        "fenced), but what it is doing in a cloud right now may end after you begin.\n\n"
        "wrong:  releasing the lock of a run that is merely slow\n"
        "right:  waiting with --lock-timeout; or, if its machine is gone,  mcflow lock release --force",
        "{advice}",
    ),
    "MC0780": Code(
        "the state in {place} was moved to {to}",
        "`mcflow state migrate` has brought it elsewhere. What lies here is kept as it was and is written no more: two states\n"
        "of the same objects would work against each other.\n\n"
        "wrong:  applying from an old branch whose `state` block names the old store\n"
        "right:  take over the new `state` block (or name, or environment)",
        "use the blueprint whose `state` block names the new place",
    ),
    "MC0781": Code(
        "the state in {place} is not whole yet: its migration from {source} was interrupted",
        "A migration copies, checks what it copied, closes the old place and opens the new one. It was interrupted between\n"
        "those; nothing is lost, and running it again goes on.\n\n"
        "wrong:  deleting the half-written state\n"
        "right:  mcflow state migrate …        (the same command again)",
        "run the same `mcflow state migrate` again",
    ),
    "MC0782": Code(
        "there is a state in {place} already",
        "A migration goes into an empty place only; it merges nothing.\n\n"
        "wrong:  mcflow state migrate --from-environment staging -e production        (production exists)\n"
        "right:  mcflow state migrate --from-environment staging -e staging-eu",
        "choose a place where there is none",
    ),
    "MC0787": Code(
        "there is no state in {place} to move",
        "Nothing was ever applied there, or the name is another.\n\n"
        "wrong:  mcflow state migrate --from-environment stagin\n"
        "right:  mcflow state migrate --from-environment staging",
        "look at the old `state` block, name and environment",
    ),
    "MC0788": Code(
        "nothing was ever applied as {name}, but there is a state of {other} beside it",
        "A state belongs to the blueprint's name. Renaming the blueprint begins a new, empty state, and everything would be\n"
        "created a second time.\n\n"
        "wrong:  changing `name:` and applying\n"
        "right:  changing `name:`, then  mcflow state migrate --from-name {other}",
        "if the blueprint was renamed: mcflow state migrate --from-name {other}",
        "warning",
    ),
    "MC0783": Code(
        "the state in {place} cannot be repaired without losing something: {problem}",
        "What is there does not prove what the state last was. The newest part that is proven can be taken, and the clouds are\n"
        "then searched for our marks; or a snapshot of the history. Either is for a person to decide. All damaged files are\n"
        "kept aside.\n\n"
        "wrong:  deleting damaged files\n"
        "right:  mcflow state repair --accept-loss        or  mcflow state repair --from-history 41",
        "give --accept-loss for the newest proven state ({proven}), or --from-history SERIAL (kept are: {kept})",
    ),
    "MC0784": Code(
        "the state was repaired and may have forgotten objects",
        "Its newest records were lost. Until an apply has searched the clouds for our marks and finished, every plan does so\n"
        "first and tells what it finds.\n\n"
        "wrong:  creating by hand what a plan now wants to create\n"
        "right:  mcflow plan, and look at what carries this state's mark and is not in it",
        "apply searches the clouds; what was set aside is in {place}",
        "warning",
    ),
    "MC0790": Code(
        "the audit log of {place} has lost {count} records",
        "A repair found audit segments that were damaged, missing or not the ones that had been there, and wrote a gap in their\n"
        "place. The log holds before and after it; who did what within it is not known. The gap is told for ever: nobody can\n"
        "take something out of the log unseen. The state itself is not affected.\n\n"
        "wrong:  taking the log for complete\n"
        "right:  mcflow state history --audit, and put the segments back from a backup if there is one",
        "`mcflow state history --audit` shows where; what was set aside is in the state's folder `aside`",
        "warning",
    ),
}
