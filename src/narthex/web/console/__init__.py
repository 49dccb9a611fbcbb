"""The console at /-/console: what a key may do, by hand. Its map:

    handle    one way through: transport, site, session, proof, page; the only `except Exception`
    gate      what is refused before anybody is asked who they are
    sessions  sign-in, the cookie, its row, its end
    hand      every action: asks S3 and the API, in process, as the key that signed in
    routes    which page is for which path
    pages/*   one file for each page; issuing.py is the one place where a share is issued
    look      templates, scripts, headers; phrases_*.py is what is said, in each language

INVARIANT: the console can do nothing that its key cannot. No page reads a row or decides who may:
each signs a request with the key and sends it through the doors that the wire has, S3's and the
API's. The secret is not in the browser, and not in the session: it is read from the keyring for
each request, so that a key that is deactivated or deleted ends its sessions at once.

Pages are rendered here and work without scripts, but for uploads. Files go to and from S3 itself,
by pre-signed URLs that live for minutes; nothing that was uploaded is ever shown inside a page.
"""
