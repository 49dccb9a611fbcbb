"""A bucket whose uploads are told, for the tests that kill whoever tells."""

from __future__ import annotations

import boto3

from narthex.cli.serve import Endpoint


def tell_uploads(endpoint: Endpoint, bucket: str, arn: str) -> None:
    """Make the bucket; every object that is created in it is told to the target."""
    client = boto3.client(
        "s3",
        endpoint_url=endpoint.url,
        aws_access_key_id=endpoint.access_key_id,
        aws_secret_access_key=endpoint.secret,
        region_name="us-east-1",
    )
    client.create_bucket(Bucket=bucket)
    wanted = {"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}
    client.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"QueueConfigurations": [wanted]}
    )
