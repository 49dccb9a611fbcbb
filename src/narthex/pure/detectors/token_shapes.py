"""The shapes of keys and tokens that vendors give out: a table. Pure.

A shape is what the vendor documents, or what secret scanners agree on. `weak` shapes are also those
of plain words or ids, and count only when their letters look random. Adding a vendor is a line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TokenShape:
    """One kind of token. prefix: the literal bytes it begins with. rest: a pattern of what follows.

    inside: whether something may stand right before: a bot's number, a path, a connection string.
    """

    name: str
    prefix: bytes
    rest: bytes
    cloud: bool = False
    weak: bool = False
    inside: bool = False

    @property
    def pattern(self) -> re.Pattern[bytes]:
        """All of it, and what may not follow."""
        return re.compile(re.escape(self.prefix) + self.rest + ENDS)


def _shape(
    name: str, prefix: str, rest: str, *, cloud: bool = False, weak: bool = False
) -> TokenShape:
    inside = not prefix[0].isalnum() or "=" in prefix or "/" in prefix
    return TokenShape(name, prefix.encode(), rest.encode(), cloud, weak, inside)


ENDS = rb"(?![A-Za-z0-9_])"
_W = "[A-Za-z0-9_-]"
_A = "[A-Za-z0-9]"
TOKEN_SHAPES: tuple[TokenShape, ...] = (
    _shape("AWS access key", "AKIA", "[A-Z2-7]{16}", cloud=True),
    _shape("AWS temporary key", "ASIA", "[A-Z2-7]{16}", cloud=True),
    _shape("Google API key", "AIza", f"{_W}{{35}}", cloud=True),
    _shape("Google OAuth secret", "GOCSPX-", f"{_W}{{28}}", cloud=True),
    _shape("Google access token", "ya29.", f"{_W}{{40,400}}", cloud=True),
    _shape("Azure storage key", "AccountKey=", "[A-Za-z0-9+/]{86}==", cloud=True),
    _shape("Azure shared access key", "SharedAccessKey=", "[A-Za-z0-9+/]{43}=", cloud=True),
    _shape("Alibaba access key", "LTAI", f"{_A}{{16,24}}", cloud=True, weak=True),
    _shape("DigitalOcean token", "dop_v1_", "[a-f0-9]{64}", cloud=True),
    _shape("Heroku key", "HRKU-", f"{_W}{{36,64}}", cloud=True),
    _shape("GitHub token", "ghp_", f"{_A}{{36}}"),
    _shape("GitHub token", "gho_", f"{_A}{{36}}"),
    _shape("GitHub token", "ghu_", f"{_A}{{36}}"),
    _shape("GitHub token", "ghs_", f"{_A}{{36}}"),
    _shape("GitHub token", "ghr_", f"{_A}{{36,76}}"),
    _shape("GitHub token", "github_pat_", "[A-Za-z0-9]{22}_[A-Za-z0-9]{59}"),
    _shape("GitLab token", "glpat-", f"{_W}{{20,64}}"),
    _shape("Slack token", "xoxb-", f"[0-9]{{8,14}}-{_W}{{20,64}}"),
    _shape("Slack token", "xoxp-", f"[0-9]{{8,14}}-{_W}{{20,90}}"),
    _shape("Slack token", "xoxa-", f"{_W}{{24,90}}"),
    _shape("Slack token", "xapp-", f"[0-9]-{_W}{{24,120}}"),
    _shape("Slack webhook", "hooks.slack.com/services/", f"T{_A}{{8,12}}/B{_A}{{8,12}}/{_A}{{24}}"),
    _shape("Stripe key", "sk_live_", f"{_A}{{24,110}}"),
    _shape("Stripe key", "rk_live_", f"{_A}{{24,110}}"),
    _shape("OpenAI key", "sk-proj-", f"{_W}{{40,180}}"),
    _shape("OpenAI key", "sk-", f"{_A}{{48}}", weak=True),
    _shape("Anthropic key", "sk-ant-", f"{_W}{{40,140}}"),
    _shape("Hugging Face token", "hf_", f"{_A}{{34}}"),
    _shape("npm token", "npm_", f"{_A}{{36}}"),
    _shape("PyPI token", "pypi-AgE", f"{_W}{{60,300}}"),
    _shape("SendGrid key", "SG.", f"{_W}{{22}}\\.{_W}{{43}}"),
    _shape("Shopify token", "shpat_", "[a-fA-F0-9]{32}"),
    _shape("Telegram bot", ":AA", f"{_W}{{33}}", weak=True),
    _shape("Twilio key", "SK", "[0-9a-f]{32}", weak=True),
    _shape("Mailgun key", "key-", "[0-9a-f]{32}", weak=True),
    _shape("Vault token", "hvs.", f"{_W}{{24,200}}"),
    _shape("Docker token", "dckr_pat_", f"{_W}{{27}}"),
    _shape("Databricks token", "dapi", "[a-f0-9]{32}"),
    _shape("age key", "AGE-SECRET-KEY-1", "[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}"),
    # A head goes on for as long as no other one begins, so many of them are not read many times.
    _shape("JSON Web Token", "eyJ",
           f"(?={_W}{{10}}){_A}{{0,1000}}+(?:[_-]{{1,9}}+(?!eyJ){_A}{{0,400}}+){{0,60}}+"
           f"\\.eyJ{_W}{{10,2000}}+\\.{_W}{{20,700}}"),
)  # fmt: skip
