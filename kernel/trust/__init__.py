"""Who signed what: envelopes, SSH signatures, principals and thresholds."""
