"""Who signs in at the console is told; who only tries is not, and no secret is."""

from __future__ import annotations

from narthex.bootstrap import RootKey
from tests.acts.watching import Watch
from tests.driving import ROOT
from tests.web.console.conftest import Browser, text_of


async def test_a_sign_in_is_an_entry_of_whoever_has_the_key(watch: Watch) -> None:
    browser = Browser(watch.narthex)
    await browser.get()
    before = await watch.entries()
    wrong = await browser.sign_in(RootKey(ROOT.id, ROOT.secret[::-1]))
    assert wrong.status != 303
    assert await watch.new(before) == []
    assert (await browser.sign_in()).status == 303
    (entry,) = await watch.new(before)
    assert (entry.event, entry.outcome) == ("narthex:SignIn", "done")
    assert (entry.access_key_id, entry.address) == (ROOT.id, "192.0.2.7")
    text = await watch.text()
    for secret in (ROOT.secret, *browser.cookies.values()):
        assert len(secret) > 30
        assert secret not in text


async def test_the_console_shows_acts_as_words(watch: Watch) -> None:
    await watch.narthex.send("PUT", "/bucketofbigsecrets")
    browser = Browser(watch.narthex)
    await browser.get()
    await browser.sign_in()
    shown = text_of(await browser.get("activity"))
    assert "s3:CreateBucket" in shown
    assert "arn:aws:s3:::bucketofbigsecrets" in shown
    assert "narthex:SignIn" in shown
    assert "s3:CreateBucket done" in shown
