"""Events as S3 tells them: names, who wants to know, the record, and when to try again. Pure."""
