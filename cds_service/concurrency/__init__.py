"""Admission control, activity of calls, offloading and process tuning."""
