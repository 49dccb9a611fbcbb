"""From where to where: the paths of `cp`, `mv`, `sync` and `rm`, checked and understood.

This file looks at the local disk only to learn whether a path is a folder; it changes nothing.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from narthex.cli.failure import GENERAL, USAGE, Failure
from narthex.cli.s3_uri import Location, is_remote, split_uri

STREAM = "-"  # standard input or output
End = str | Location  # a local path (absolute), STREAM, or an object


@dataclass(frozen=True, slots=True)
class Route:
    """source and target: ends with `/` when names are added to it. target: None to delete."""

    source: End
    target: End | None
    recursive: bool
    takes_name: bool  # the target is a folder: what lands there keeps its name

    @property
    def kind(self) -> str:
        """The word of the result lines: "upload", "download", "copy" or "delete"."""
        if self.target is None:
            return "delete"
        if not isinstance(self.source, Location):
            return "upload"
        return "copy" if isinstance(self.target, Location) else "download"

    def target_of(self, name: str) -> End | None:
        """Where the item of this relative name goes; names have `/` between their parts."""
        target = self.target
        if target is None or target == STREAM or not self.takes_name:
            return target
        if isinstance(target, Location):
            return Location(target.bucket, target.key + name)
        return target + name.replace("/", os.sep)


def read_route(command: str, paths: Sequence[str], *, recursive: bool) -> Route:
    """The route of a command line. Raises Failure where `aws s3` refuses, in its words."""
    ends = [_end(path) for path in paths]
    if not any(isinstance(end, Location) for end in ends):
        raise Failure(
            f"usage: narthex {command} {_USAGE[command]}\nError: Invalid argument type", USAGE
        )
    if STREAM in ends and (command != "cp" or recursive):
        raise Failure(
            "Streaming currently is only compatible with non-recursive cp commands", USAGE
        )
    source, takes = _source(ends[0], recursive=recursive), False
    target: End | None = None
    if len(ends) == 2:
        target, takes = _target(ends[1], recursive=recursive)
    route = Route(source, target, recursive, takes)
    if command == "mv":
        _refuse_itself(route, paths)
    return route


_USAGE = {
    "cp": "<LocalPath> <S3Uri> or <S3Uri> <LocalPath> or <S3Uri> <S3Uri>",
    "mv": "<LocalPath> <S3Uri> or <S3Uri> <LocalPath> or <S3Uri> <S3Uri>",
    "sync": "<LocalPath> <S3Uri> or <S3Uri> <LocalPath> or <S3Uri> <S3Uri>",
    "rm": "<S3Uri>",
}


def _end(path: str) -> End:
    return split_uri(path) if is_remote(path) else path


def _source(end: End, *, recursive: bool) -> End:
    if isinstance(end, Location):
        if not end.bucket:
            raise Failure("Invalid bucket name: it is empty", USAGE)
        folder = recursive and end.key and not end.key.endswith("/")
        return Location(end.bucket, end.key + "/") if folder else end
    if end == STREAM:
        return end
    if not os.path.exists(end):
        raise Failure(f"The user-provided path {end} does not exist.", GENERAL)
    full = os.path.abspath(end)
    return full + os.sep if recursive or os.path.isdir(full) else full


def _target(end: End, *, recursive: bool) -> tuple[End, bool]:
    """The target, and whether names are added to it."""
    if isinstance(end, Location):
        if not end.bucket:
            raise Failure("Invalid bucket name: it is empty", USAGE)
        if recursive and end.key and not end.key.endswith("/"):
            return Location(end.bucket, end.key + "/"), True
        return end, recursive or not end.key or end.key.endswith("/")
    if end == STREAM:
        return end, False
    full = os.path.abspath(end)
    if recursive or os.path.isdir(full) or end.endswith(os.sep):
        return full.rstrip(os.sep) + os.sep, True
    return full, False


def _refuse_itself(route: Route, paths: Sequence[str]) -> None:
    if not isinstance(route.source, Location):
        return
    name = "" if route.recursive else route.source.key.rpartition("/")[2]
    if route.target_of(name) == route.source:
        raise Failure(f"Cannot mv a file onto itself: {paths[0]} - {paths[1]}", USAGE)
