"""Other libraries that find passages, each as its quick-start has it, one script and one environment each."""
