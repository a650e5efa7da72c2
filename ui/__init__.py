"""Every way in: command line, web app, HTTP. No logic; the answers come from `quoth.qa`."""
