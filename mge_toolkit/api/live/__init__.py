"""What the service keeps in memory: masterplans, runs that go on or ended just now, and their events."""
