"""The names of S3's events: which there are, and which of them a configured one stands for. Pure.

Source: Amazon S3 user guide, "Supported event types for SQS, SNS, and Lambda"; the service model.
"""

from __future__ import annotations

PREFIX = "s3:"
FAMILIES = {
    "ObjectCreated": ("Put", "Post", "Copy", "CompleteMultipartUpload"),
    "ObjectRemoved": ("Delete", "DeleteMarkerCreated"),
    "ObjectRestore": ("Post", "Completed", "Delete"),
    "Replication": (
        "OperationFailedReplication",
        "OperationMissedThreshold",
        "OperationReplicatedAfterThreshold",
        "OperationNotTracked",
    ),
    "LifecycleExpiration": ("Delete", "DeleteMarkerCreated"),
    "ObjectTagging": ("Put", "Delete"),
}
ALONE = (
    "ReducedRedundancyLostObject",
    "LifecycleTransition",
    "IntelligentTiering",
    "ObjectAcl:Put",
)
# What may be configured, as it is configured. Those that narthex has no cause for never happen:
# there is no restore, no replication and one kind of storage, and nothing is ever lost quietly.
CONFIGURABLE = frozenset(
    [
        *(f"{PREFIX}{family}:*" for family in FAMILIES),
        *(f"{PREFIX}{family}:{kind}" for family, kinds in FAMILIES.items() for kind in kinds),
        *(f"{PREFIX}{name}" for name in ALONE),
    ]
)


def covers(configured: str, name: str) -> bool:
    """Whether a configured event ("s3:ObjectCreated:*") stands for one ("ObjectCreated:Put")."""
    wanted = configured.removeprefix(PREFIX)
    return wanted == name or (wanted.endswith(":*") and name.startswith(wanted[:-1]))


def share_one(left: str, right: str) -> bool:
    """Whether two configured events stand for a common one."""
    return covers(left, right.removeprefix(PREFIX)) or covers(right, left.removeprefix(PREFIX))
