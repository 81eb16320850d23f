"""The engine: composes programs, schedules atoms, runs them and decides what follows a failure."""
