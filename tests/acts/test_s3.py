"""Every act of S3: its entry is there with the change, and not without."""

from __future__ import annotations

import hashlib

from narthex import tenancy
from narthex.bootstrap import RootKey
from narthex.s3.operation import declared
from tests.access import cells
from tests.access.table import DENIES, ROWS, Row
from tests.access.test_matrix import Setting, ask
from tests.acts.watching import Watch
from tests.asking import Api
from tests.driving import ROOT
from tests.operations.access import POLICY

# Done with an object, which is no administration; who may do it is.
DATA = frozenset(
    "PutObject PostObject CopyObject DeleteObject DeleteObjects CreateMultipartUpload UploadPart "
    "UploadPartCopy CompleteMultipartUpload AbortMultipartUpload PutObjectTagging "
    "DeleteObjectTagging".split()
)
BUCKET = "bucketofbigsecrets"


def is_act(row: Row) -> bool:
    operation = next(one for one in declared().values() if one.name == row.name.split()[0])
    return operation.is_act


def test_all_but_reading_and_data_is_an_act() -> None:
    others = {one.name for one in declared().values() if not one.is_act}
    reading = {name for name in others if name.startswith(("Get", "List", "Head"))}
    assert others == reading | DATA


async def test_every_act_leaves_one_entry_and_a_failed_one_none(watch: Watch) -> None:
    setting = Setting(watch.narthex, {}, watch.account)
    done = 0
    for row in ROWS:
        if row.done == (409,):
            continue  # DeleteBucket of one that is not empty: see below
        (cell,) = await cells.fill(watch.narthex, "acts", [("private", "no blocks")])
        before = await watch.entries()
        if is_act(row):
            answer = await ask(setting, watch.torn, row, cell)
            assert answer.status == 503, (row.name, answer.body)
            assert await watch.entries() == before, row.name
        answer = await ask(setting, watch.narthex, row, cell)
        assert answer.status in row.done, (row.name, answer.body)
        new = await watch.new(before)
        if not is_act(row):
            assert new == [], row.name
            continue
        (entry,) = new
        done += 1
        assert (entry.event, entry.outcome) == (row.needs[0][0], "done") or "Version" in str(row)
        assert entry.resource.startswith(f"arn:aws:s3:::{cell.bucket}") or row.place == "nothing"
        assert (entry.access_key_id, entry.address) == (ROOT.id, "192.0.2.7")
        assert entry.request == answer.header("x-amz-request-id")
        if row.body:
            assert "document=sha256:" in entry.detail, row.name
        if row.headers and row.place != "nothing":
            assert f"{row.headers[0][0]}={row.headers[0][1]}" in entry.detail, row.name
    assert done > 15
    assert "Statement" not in await watch.text()


async def test_a_bucket_is_made_given_a_policy_and_deleted(watch: Watch) -> None:
    before = await watch.entries()
    await watch.narthex.send("PUT", f"/{BUCKET}")
    text = DENIES.replace(b"{bucket}", BUCKET.encode())
    await watch.narthex.send("DELETE", f"/{BUCKET}", [("publicAccessBlock", "")])
    await watch.narthex.send("PUT", f"/{BUCKET}", POLICY, body=text)
    await watch.narthex.send("DELETE", f"/{BUCKET}", POLICY)
    assert (await watch.narthex.send("DELETE", f"/{BUCKET}")).status == 204
    entries = await watch.new(before)
    assert [one.event for one in entries] == [
        "s3:CreateBucket",
        "s3:PutBucketPublicAccessBlock",
        "s3:PutBucketPolicy",
        "s3:DeleteBucketPolicy",
        "s3:DeleteBucket",
    ]
    assert entries[1].detail == "operation=DeletePublicAccessBlock"
    assert entries[2].detail == f"document=sha256:{hashlib.sha256(text).hexdigest()}"
    assert {one.resource for one in entries} == {f"arn:aws:s3:::{BUCKET}"}


async def test_making_ones_own_bucket_again_is_an_act_without_a_change(watch: Watch) -> None:
    await watch.narthex.send("PUT", f"/{BUCKET}")
    before = await watch.entries()
    assert (await watch.narthex.send("PUT", f"/{BUCKET}")).status == 200
    (entry,) = await watch.new(before)
    assert entry.event == "s3:CreateBucket"


async def test_what_another_account_does_is_told_to_both(watch: Watch) -> None:
    await watch.narthex.send("PUT", f"/{BUCKET}")
    account, key = await tenancy.create_account(watch.narthex.server, "elsewhere")
    other = watch.narthex.as_key(RootKey(key.id, key.secret))
    grant = (
        b'{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"'
        + account.id.encode()
        + b'"},"Action":"s3:PutBucketCORS","Resource":"arn:aws:s3:::'
        + BUCKET.encode()
        + b'"}]}'
    )
    assert (await watch.narthex.send("PUT", f"/{BUCKET}", POLICY, body=grant)).status == 204
    before = await watch.entries()
    assert (await other.send("DELETE", f"/{BUCKET}", [("cors", "")])).status == 204
    (here,) = await watch.new(before)
    (there,) = await watch.entries(account.id)
    for entry in (here, there):
        assert (entry.event, entry.access_key_id) == ("s3:PutBucketCORS", key.id)
        assert entry.actor == f"arn:aws:iam::{account.id}:root"
    assert here.id != there.id
    # A denial is told to the account of whoever was denied: a stranger fills no other's log.
    before = await watch.entries()
    assert (await other.send("DELETE", f"/{BUCKET}")).status == 403
    assert await watch.new(before) == []
    assert (await watch.entries(account.id))[-1].outcome == "denied"


async def test_a_users_acts_are_its_own_to_see(watch: Watch) -> None:
    ana = await Api(watch.narthex).user(
        "ana", {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    )
    before = await watch.entries()
    assert (await ana.s3.send("PUT", "/of-ana")).status == 200
    (entry,) = await watch.new(before)
    assert entry.owner.startswith("AIDA")
