"""From two catalogs to a plan: generic over kinds, and pure but for the sessions that it is handed."""
