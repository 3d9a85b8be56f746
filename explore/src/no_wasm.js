// DuckDB runs in the server: the one that runs in browsers is left out of the bundle.
export {};
