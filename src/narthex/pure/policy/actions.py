"""The actions of S3, and what each acts on: a bucket, an object, or the account.

This file never decides who may do what. Actions that exist on AWS but have no operation here are
listed too, so that a policy written for AWS is accepted. Pure: no I/O, no clock.
Source: Amazon S3, "Actions, resources, and condition keys for Amazon S3".
"""

from __future__ import annotations

from typing import Literal

from narthex.pure.policy.matching import matcher
from narthex.pure.policy.patterns import wildcards

On = Literal["bucket", "object", "account"]

_OBJECT = """
AbortMultipartUpload BypassGovernanceRetention DeleteObject DeleteObjectTagging DeleteObjectVersion
DeleteObjectVersionTagging GetObject GetObjectAcl GetObjectAttributes GetObjectLegalHold
GetObjectRetention GetObjectTagging GetObjectTorrent GetObjectVersion GetObjectVersionAcl
GetObjectVersionAttributes GetObjectVersionForReplication GetObjectVersionTagging
GetObjectVersionTorrent InitiateReplication ListMultipartUploadParts
ObjectOwnerOverrideToBucketOwner PutObject PutObjectAcl PutObjectLegalHold PutObjectRetention
PutObjectTagging PutObjectVersionAcl PutObjectVersionTagging ReplicateDelete ReplicateObject
ReplicateTags RestoreObject UpdateObjectEncryption
"""
_BUCKET = """
CreateBucket CreateBucketMetadataTableConfiguration DeleteBucket
DeleteBucketMetadataTableConfiguration DeleteBucketOwnershipControls DeleteBucketPolicy
DeleteBucketWebsite GetAccelerateConfiguration GetAnalyticsConfiguration GetBucketAbac GetBucketAcl
GetBucketCORS GetBucketLocation GetBucketLogging GetBucketMetadataTableConfiguration
GetBucketNotification GetBucketObjectLockConfiguration GetBucketOwnershipControls GetBucketPolicy
GetBucketPolicyStatus GetBucketPublicAccessBlock GetBucketRequestPayment GetBucketTagging
GetBucketVersioning GetBucketWebsite GetEncryptionConfiguration GetIntelligentTieringConfiguration
GetInventoryConfiguration GetLifecycleConfiguration GetMetricsConfiguration
GetReplicationConfiguration ListBucket ListBucketMultipartUploads ListBucketVersions
ListTagsForResource PutAccelerateConfiguration PutAnalyticsConfiguration PutBucketAbac PutBucketAcl
PutBucketCORS PutBucketLogging PutBucketNotification PutBucketObjectLockConfiguration
PutBucketOwnershipControls PutBucketPolicy PutBucketPublicAccessBlock PutBucketRequestPayment
PutBucketTagging PutBucketVersioning PutBucketWebsite PutEncryptionConfiguration
PutIntelligentTieringConfiguration PutInventoryConfiguration PutLifecycleConfiguration
PutMetricsConfiguration PutReplicationConfiguration TagResource UntagResource
UpdateBucketMetadataInventoryTableConfiguration UpdateBucketMetadataJournalTableConfiguration
"""
_ACCOUNT = """
CreateAccessPoint CreateJob DeleteAccessPoint DescribeJob GetAccountPublicAccessBlock
ListAccessPoints ListAllMyBuckets ListJobs PutAccountPublicAccessBlock
"""

_NAMES: dict[On, str] = {"object": _OBJECT, "bucket": _BUCKET, "account": _ACCOUNT}
S3_ACTIONS: dict[str, On] = {
    f"s3:{name}": on for on, names in _NAMES.items() for name in names.split()
}
_BY_LOWER = {name.lower(): on for name, on in S3_ACTIONS.items()}


def acts_on(pattern: str) -> frozenset[On]:
    """What the S3 actions that this pattern names act on; empty when it names none.

    pattern: as in `Action`, with wildcards, in any case.
    """
    lower = pattern.lower()
    if "*" not in lower and "?" not in lower:
        on = _BY_LOWER.get(lower)
        return frozenset() if on is None else frozenset([on])
    matches = matcher(wildcards(lower))
    return frozenset(on for name, on in _BY_LOWER.items() if matches(name))
