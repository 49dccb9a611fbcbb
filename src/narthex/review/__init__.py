"""The review before a share exists: facts are found, the model in force judges, rows are kept.

How to call it, in this order:

    findings = ...                                       # of the facts' half: what is in the object
    situation = Situation("share", place="bucket/key", object="sha256:...", asker=actor,
                          recipients=("ana@example.org",), fields={...}, candidates=(...))
    judgement = await judge(server, owner, situation, findings)          # review/judge.py
    if judgement.enforced == "refuse": ...               # tell the owner; only approve() helps
    await settle(server, owner, judgement.id, "proceeded", share=id,     # review/settling.py
                 justification=Justified("agreed"))      # needed when it is "confirm"
    await approve(server, owner, judgement.id, reason)   # review/approvals.py, by the owner

`judge(..., record=False)` is a dry run. `models_of(server).current().model` is the model in force
(review/models.py); `places.presigned_at(model, "bucket/key")` is the setting for pre-signed URLs.

The fields that the shipped model knows, all optional (absent: no rule and no gate about it holds,
and the door is one-way): channel ("link", "presigned"), audience ("named", "domain", "anyone"),
password (bool), expires_in (seconds), max_downloads, prefix (bool: a whole folder), name (of the
file), size (bytes), first_time (bool: nothing was shared with them before), first_domain (bool: nor
with anybody of their domain; the judge finds that out), own (bool: the asker
owns the bucket), hour (0 to 23), weekday ("monday"...), age (seconds since it was changed), fetched
(bool: somebody has downloaded it), public_block (bool: the bucket's owner closed it to the public),
denied (bool: a recipient is on the model's list; the engine sets it).
"""
