"""N:M sparsity: patterns, speed and memory."""
