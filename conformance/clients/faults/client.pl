# A client in Perl, of another hand than the others: NICK HOST PORT. What it prints comes at once only on a terminal.
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;
use POSIX qw(strftime);
use Time::Local qw(timegm);

my ($nick, $host, $port) = @ARGV;
my $server = IO::Socket::INET->new(PeerAddr => $host, PeerPort => $port, Proto => 'tcp') or die "no server: $!\n";
$server->autoflush(1);
my ($received, $typed) = ('', '');

sub send_frame {
    my $body = join "\0", strftime('%Y-%m-%dT%H:%M:%SZ', gmtime), $nick, @_;
    print {$server} sprintf('%-10d', length $body), $body;
}

sub is_utf8 { my $octets = shift; return utf8::decode($octets) && $octets !~ /[\x{d800}-\x{dfff}]/ }

sub visible {
    my $text = shift;
    utf8::decode($text);
    $text =~ s/([\x00-\x1f\x7f-\x9f\x{202d}\x{202e}])/sprintf '\\x{%x}', ord $1/ge;
    utf8::encode($text);
    return $text;
}

sub clock {
    my $time = shift;
    my ($y, $mo, $d, $h, $mi, $s, $sign, $oh, $om) =
        $time =~ /\A(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:Z|([+-])(\d\d):(\d\d))\z/ or return $time;
    my $moment = eval { timegm($s, $mi, $h, $d, $mo - 1, $y) } // return $time;
    $moment -= ($sign eq '+' ? 60 : -60) * (60 * $oh + $om) if $sign;
    return strftime('%H:%M', localtime $moment);
}

sub leave { print STDERR "$_[0]\n"; exit($_[1] // 1) }

sub receive {
    sysread($server, $received, 65536, length $received) or leave('the server is gone', 0);
    while (length $received >= 10) {
        my $header = substr $received, 0, 10;
        $header =~ /\A *([0-9]+) *\z/ && $1 <= 1048859 or leave('a bad header');
        my $length = $1;
        return if length $received < 10 + $length;
        my $body = substr $received, 10, $length;
        $received = substr $received, 10 + $length;
        my @fields = split /\0/, $body, -1;
        @fields == 3 or leave('a body without three fields');
        is_utf8($body) or leave('a body that is not UTF-8');
        print visible(clock($fields[0])), ' [', visible($fields[1]), '] ', visible($fields[2]), "\n";
    }
}

send_frame('');
my $ready = IO::Select->new($server, \*STDIN);
while (1) {
    for my $handle ($ready->can_read) {
        if ($handle == $server) { receive(); next }
        if (!sysread STDIN, $typed, 65536, length $typed) { shutdown $server, 1; $ready->remove(\*STDIN); next }
        while ($typed =~ s/\A([^\n]*)\n//) {
            my $line = $1;
            if ($line =~ /\0/ || !is_utf8($line) || length $line > 1048200) { print STDERR "not sent\n"; next }
            send_frame($line);
        }
    }
}
