"""An ended run to be looked into: stock widgets whose pictures are drawn anew when something is chosen."""
