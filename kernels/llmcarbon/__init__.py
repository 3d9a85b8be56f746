"""LLMCarbon's own model of parallelism, device counts and efficiency."""
