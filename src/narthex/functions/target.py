"""Functions as targets of deliveries: notifications of S3, asynchronous invocations, destinations.

This file never runs code: it asks the host of this machine. A notification is delivered only while
the function's policy lets S3 invoke it for that bucket.
Source: AWS Lambda developer guide, "Error handling for an asynchronous invocation".
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from dataclasses import dataclass, replace

from narthex.catalog import Transaction, functions
from narthex.events.registry import register
from narthex.events.target import Delivery, Undelivered
from narthex.functions import channel
from narthex.functions.destinations import MOST_RESPONSE, Ended, record_of, send
from narthex.functions.errors import LambdaError
from narthex.functions.events import EventRules, rules_of
from narthex.functions.policies import may_s3_invoke
from narthex.functions.qualifiers import resolve
from narthex.functions.tracing import trace_of
from narthex.pure.functions import Function, FunctionName, Order, Outcome, Settings, read_name
from narthex.server import Server

PREFIX = "arn:aws:lambda:"
INVOCATION, NOTIFICATION = "invocation", "s3"
FIRST_PAUSE = 60.0  # seconds before the second attempt, after a function's error; then doubled
REMEMBERED = 256  # failed deliveries
GONE = "there is no such function"
# Seconds until what did not begin is tried again: there was no room, or no host for a moment.
TRANSIENT = {"TooManyRequestsException": 5.0, "ServiceUnavailableException": 1.0}


@dataclass(frozen=True, slots=True)
class _Failed:
    """How often a function failed on an event, and how at last. Forgotten, it is tried more often.

    Attempts in which it did not run at all are the engine's to count, and no fault of its.
    """

    times: int
    outcome: Outcome


_failed: OrderedDict[str, _Failed] = OrderedDict()


def install() -> None:
    """From now on, deliveries to the ARNs of functions come here."""
    register(PREFIX, FunctionTarget)


class FunctionTarget:
    """One function, or one qualifier of it, as a delivery names it."""

    def __init__(self, server: Server, account: str, address: str) -> None:
        self._server = server
        self._account = account
        self._address = address

    async def check(self) -> None:
        """There is such a function. Raises Undelivered."""
        await self._find()

    async def check_source(self, source_arn: str) -> None:
        """It lets S3 invoke it for this bucket, of the account. Raises Undelivered."""
        allowed = await may_s3_invoke(
            self._server.catalog,
            self._address,
            source_arn,
            self._account,
            self._server.clock(),
        )
        if not allowed:
            raise Undelivered("the function does not let S3 invoke it", permanent=True)

    async def deliver(self, delivery: Delivery) -> None:
        """Returns once the function has finished. Raises Undelivered."""
        named, function = await self._find()
        if delivery.kind == NOTIFICATION:
            bucket = json.loads(delivery.payload)["Records"][0]["s3"]["bucket"]["arn"]
            await self.check_source(bucket)
        elif delivery.kind != INVOCATION or function.account != delivery.account:
            raise Undelivered("this is none of a function's events", permanent=True)
        version, _ = await resolve(
            self._server.catalog, function, named.qualifier, self._server.new_id()
        )
        if version is None:
            raise Undelivered(GONE, permanent=True)
        outcome = await self._run(function, version, delivery)
        rules = await rules_of(self._server.catalog, function.id, named.qualifier)
        if outcome.failure:
            self._failed(delivery, outcome, rules)
        failed = _failed.pop(delivery.id, None)
        if rules.on_success:
            tries = 1 if failed is None else failed.times + 1
            await self._tell_success(function, version, delivery, outcome, rules, tries)

    async def given_up(self, tx: Transaction, delivery: Delivery, reason: str) -> None:
        """The on-failure destination and the dead-letter target are told."""
        named = read_name(self._address)
        if named is None:
            return
        function = await functions.find(tx, named.account, named.name)
        if function is None:
            return
        version, _ = await resolve(tx, function, named.qualifier, self._server.new_id())
        settings = await _settings(tx, function, version)
        if version is None or settings is None:
            return
        rules = await rules_of(tx, function.id, named.qualifier)
        condition = "EventAgeExceeded" if reason == "EventAgeExceeded" else "RetriesExhausted"
        failed = _failed.pop(delivery.id, None)
        ended = Ended(
            function,
            version,
            delivery,
            request_id_of(function, delivery),
            condition,
            delivery.attempt if failed is None else failed.times,
            None if failed is None else failed.outcome,
        )
        now_us = self._server.clock()
        if rules.on_failure:
            record = record_of(ended, now_us)
            await send(tx, ended, rules.on_failure, record, settings, now_us)
        if settings.dead_letter:
            await send(tx, ended, settings.dead_letter, delivery.payload, settings, now_us)

    async def _find(self) -> tuple[FunctionName, Function]:
        named = read_name(self._address)
        function = None
        if named is not None and named.account:
            function = await functions.find(self._server.catalog, named.account, named.name)
        if named is None or function is None or function.region != named.region:
            raise Undelivered(GONE, permanent=True)
        return named, function

    async def _run(self, function: Function, version: str, delivery: Delivery) -> Outcome:
        order = Order(
            function.id,
            version,
            request_id_of(function, delivery),
            self._address,
            delivery.payload.encode(),
            trace_id=trace_of(None, self._server),
        )
        try:
            return await channel.ask(self._server.settings.folder, order, patient=True)
        except LambdaError as error:
            later = TRANSIENT.get(error.code)
            raise Undelivered(error.message, retry_after=later) from error

    def _failed(self, delivery: Delivery, outcome: Outcome, rules: EventRules) -> None:
        """Raises Undelivered: for later, or for good."""
        before = _failed.pop(delivery.id, None)
        times = 1 if before is None else before.times + 1
        small = outcome.payload if len(outcome.payload) <= MOST_RESPONSE else b"null"
        _failed[delivery.id] = _Failed(times, replace(outcome, payload=small, log=b""))
        while len(_failed) > REMEMBERED:
            _failed.popitem(last=False)
        raise Undelivered(
            f"the function failed: {_error_type(outcome.payload)}",
            permanent=times > rules.most_retries,
            retry_after=FIRST_PAUSE * 2 ** (times - 1),
        )

    async def _tell_success(
        self,
        function: Function,
        version: str,
        delivery: Delivery,
        outcome: Outcome,
        rules: EventRules,
        tries: int,
    ) -> None:
        now_us = self._server.clock()
        request_id = request_id_of(function, delivery)
        ended = Ended(function, version, delivery, request_id, "Success", tries, outcome)

        async def work(tx: Transaction) -> None:
            settings = await _settings(tx, function, version)
            if settings is not None:
                record = record_of(ended, now_us)
                await send(tx, ended, rules.on_success, record, settings, now_us)

        await self._server.catalog.run(work)


def request_id_of(function: Function, delivery: Delivery) -> str:
    """The id of an invocation, the same in every attempt."""
    digits = hashlib.sha256(f"{function.id} {delivery.id}".encode()).hexdigest()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:32]))


async def _settings(tx: Transaction, function: Function, version: str | None) -> Settings | None:
    found = None if version is None else await functions.version(tx, function.id, version)
    return None if found is None else found.settings


def _error_type(payload: bytes) -> str:
    """What kind of error it was: the type and nothing of the message, which is the function's."""
    try:
        told = json.loads(payload)
    except ValueError:
        return "an error"
    kind = told.get("errorType") if isinstance(told, dict) else None
    return kind[:128] if isinstance(kind, str) else "an error"
