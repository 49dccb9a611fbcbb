"""Functions: code of an account that runs when something happened, shut off from everything else.

This package never speaks HTTP to clients: `lambda_` does. `invoke` asks the host of this machine,
`host/` runs what was asked, `sandbox` and `zygote` are all that stands between code and system.
"""
