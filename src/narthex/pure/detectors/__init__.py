"""What is found in a file's text and shape: personal data, secrets, markings, deceptions. Pure.

Nothing here opens or unpacks a file: `narthex.review.reading` does, and hands over passages and
traits. Nothing here hands on what was found but masked, with its place.
"""
