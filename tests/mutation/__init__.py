"""Breaks each assertion of the judging code in turn, and asks whether the tests or the selftest notice.

A judge that has lost an assertion blames too little or too much, and no run against a conformant server shows it. So every
mutant, the tree with one assertion broken, must turn the unit tests red, or else the verdict on a shipped server.

The well-known mutation testers run one test command for each mutant and know neither requirement ids nor removed
differences; the operators, the second killer, its choice of servers and the reasons for equivalents would all be ours anyway.
"""
