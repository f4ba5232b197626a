"""What a server counts: plain numbers where things happen, so that counting costs next to nothing."""

from dataclasses import dataclass, fields, replace


@dataclass(slots=True)
class Counters:
    """What has happened since the last `take`.

    Attributes:
        turns: of the loop.
        turns_s: the seconds that they took, without waiting.
        longest_turn_s: the longest of them.
        thrown_out: members that were too far behind (ROBUST-3).
        refused: connections that were told why and closed: no room, a refused join, a malformed frame, no join in time.
        messages: chat frames that were taken.
        deliveries: chat frames that became due to somebody, one for each member but the sender.
        octets_in: that were read.
        octets_out: that the kernel took.
    """

    turns: int = 0
    turns_s: float = 0.0
    longest_turn_s: float = 0.0
    thrown_out: int = 0
    refused: int = 0
    messages: int = 0
    deliveries: int = 0
    octets_in: int = 0
    octets_out: int = 0

    def turn(self, seconds: float) -> None:
        """Counts one turn that took so long."""
        self.turns += 1
        self.turns_s += seconds
        if seconds > self.longest_turn_s:
            self.longest_turn_s = seconds

    def take(self) -> "Counters":
        """What there is; counting begins anew."""
        taken = replace(self)
        for field in fields(self):
            setattr(self, field.name, field.default)
        return taken
