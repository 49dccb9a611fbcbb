"""Who may do what: policy documents in, decisions out. Pure: no I/O, no clock.

This package never looks anything up: its callers bring documents, facts and the time.

    parse            a document's text to a Document, or Malformed: which line, and why
    compile_policy   a Document to a Policy, once; Bundle: policies that count together
    Facts            what is known about a request, as condition keys
    evaluate         Access and Policies to a Decision; explain: the same with every statement
"""

from narthex.pure.policy.access import NOBODY_IN_PARTICULAR, Access, Actor, Naming
from narthex.pure.policy.compiled import Bundle, Policy, StatementRef, compile_policy
from narthex.pure.policy.context import Context
from narthex.pure.policy.document import Document, Malformed, named_principals, size
from narthex.pure.policy.evaluate import Decision, Policies, Reason, evaluate
from narthex.pure.policy.explain import Explanation, Trace, denial, explain
from narthex.pure.policy.facts import Caller, Facts, Signed
from narthex.pure.policy.grammar import parse

__all__ = [
    "NOBODY_IN_PARTICULAR",
    "Access",
    "Actor",
    "Bundle",
    "Caller",
    "Context",
    "Decision",
    "Document",
    "Explanation",
    "Facts",
    "Malformed",
    "Naming",
    "Policies",
    "Policy",
    "Reason",
    "Signed",
    "StatementRef",
    "Trace",
    "compile_policy",
    "denial",
    "evaluate",
    "explain",
    "named_principals",
    "parse",
    "size",
]
