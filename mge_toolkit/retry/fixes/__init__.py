"""Automatic fixers: each proposes changed code for one family of mistakes, and executes nothing."""
