"""Questions over many readings: who stands where, since when, with whom. Readings in, answers out; no network, no AWS."""
