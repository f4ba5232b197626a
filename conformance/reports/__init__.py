"""The forms of a report. Each is a pure function of the data that `conformance.report.as_json` makes."""
