"""What a report says, before it is written in any form."""
