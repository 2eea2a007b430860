"""Networks with pinned weights, and the measurements that feed them. Import the module you need; torch loads with it."""
