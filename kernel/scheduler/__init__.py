"""When work runs: deadlines, retries, backoff, and the circuit breaker."""
