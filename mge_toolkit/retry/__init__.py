"""What follows a failed attempt: classification and the decision about the next one."""
