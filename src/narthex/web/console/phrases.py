"""What the console says, in each language. Words that a language lacks do not import.

This file never holds markup: words are plain text, and `{...}` stands for what is filled in.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

Named = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Words:
    """One language. The dictionaries are by the API's own words: states of a share, kinds of a
    principal, actions, events with their outcomes, codes of refusals (a heading and a sentence).
    """

    # the frame
    console: str
    skip: str
    files: str
    shares: str
    requests: str
    activity: str
    way: str
    sign_out: str
    to_start: str
    copy: str
    copied: str
    yes: str
    # the door
    sign_in: str
    sign_in_to: str
    sign_in_hint: str
    access_key: str
    secret_key: str
    temporary_key: str
    session_token: str
    wrong_key: str
    wrong_too_often: str
    session_over: str
    open_wire: str
    open_wire_text: str
    open_wire_hint: str
    # buckets and files
    bucket: str
    buckets: str
    bucket_name: str
    new_bucket: str
    open_bucket: str
    no_buckets: str
    no_buckets_text: str
    no_listing: str
    no_listing_text: str
    open: Named
    upload: str
    uploads: str
    uploading: Named
    find: str
    no_files: str
    no_files_text: str
    no_script: str
    share: str
    share_file: str
    share_folder: str
    delete: str
    delete_ask: str
    deleted: str
    size: str
    kind: str
    changed_at: str
    address: str
    # terms of a share and of a request
    lifetimes: tuple[str, str, str, str]  # of terms.LIFETIMES
    ends: str
    ends_at: str
    ends_at_label: str
    max_downloads: str
    no_limit: str
    password: str
    no_password: str
    recipients: str
    recipients_hint: str
    note_for: str
    more_options: str
    not_before: str
    max_bytes: str
    allow_ips: str
    filename: str
    notify: str
    notify_secret: str
    raw: str
    raw_hint: str
    pin: str
    pin_hint: str
    make_link: str
    why: str
    why_own: str
    why_words: str
    # reviews: a risk of 0 to 100, and who answers for a place
    risk: str
    responsible: str
    reviews: str
    no_reviews: str
    no_reviews_text: str
    approve: str
    approve_why: str
    approved: str
    ask_files: str
    ask_files_text: str
    into: str
    into_folder: str
    max_files: str
    max_size: str
    max_bytes_all: str
    from_whom: str
    types: str
    allow_ips_up: str
    overwrite: str
    overwrite_hint: str
    # links, told once
    shared: str
    shared_many: str
    requested: str
    told_once: str
    qr: str
    by_curl: str
    password_apart: str
    watch: str
    open_page: str
    for_whom: str
    of_whom: str
    # shares and requests
    which: str
    live: str
    ended: str
    all: str
    what: str
    uses: str
    state: str
    states: Named
    waits: Named  # by whom a share waits for
    say_why: str
    anyone: str
    no_shares: str
    no_shares_text: str
    no_requests: str
    no_requests_text: str
    terms: str
    made: str
    sent: str
    received: str
    time_left: str
    the_file: str
    the_files: str
    extend: str
    extended: str
    take_back: str
    take_back_ask: str
    take_back_title: str
    take_back_text: str
    paste: str
    taken_back: str
    taken_back_text: str
    was_taken_back: str
    not_taken_back: str
    to_shares: str
    # uses
    activity_text: str
    no_uses: str
    live_now: str
    paused: str
    news: str
    events: Named
    # who can see it
    who_can: str
    who_can_what: Named
    which_right: str
    rights: Named
    kinds: Named
    by_root: str
    only_if: str
    unless: str
    link_for: str
    link_anyone: str
    who_can_file: str
    file_in_bucket: str
    look: str
    # refusals
    refusals: Mapping[str, tuple[str, str]]
    failed: tuple[str, str]

    def of_code(self, code: str) -> tuple[str, str]:
        """What a refusal means: a heading and a sentence."""
        return self.refusals.get(code) or self.failed

    def of_event(self, event: str, outcome: str) -> str:
        """What happened; in the log's own words where we have none."""
        found = self.events.get(f"{event} {outcome}") or self.events.get(event)
        return found or f"{event} {outcome}".strip()

    @property
    def upload_words(self) -> str:
        """What the uploading script says, as JSON."""
        return json.dumps(dict(self.uploading), ensure_ascii=False)


def words_for(code: str) -> Words:
    """The words of a language that the pages speak. code: of its Phrases."""
    from narthex.web.console import phrases_de, phrases_en, phrases_es, phrases_ja

    languages = {
        "de": phrases_de.GERMAN,
        "en": phrases_en.ENGLISH,
        "es": phrases_es.SPANISH,
        "ja": phrases_ja.JAPANESE,
    }
    return languages[code]
