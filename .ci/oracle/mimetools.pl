#!/usr/bin/env perl
# What MIME-tools (and Mail::Address, which it brings) reads of the messages whose paths come on
# standard input: one JSON object a line.
use strict;
use warnings;
no warnings qw(recursion);
use Digest::SHA qw(sha256_hex);
use Encode qw(decode FB_DEFAULT);
use JSON::PP;
use Mail::Address;
use MIME::Parser;
use MIME::WordDecoder;

local $SIG{__WARN__} = sub { };
my $json = JSON::PP->new->utf8->canonical;

# Line ends are LF, and none stand at the end.
sub plain {
  my ($octets) = @_;
  $octets =~ tr/\r//d;
  $octets =~ s/\n+\z//;
  return $octets;
}

# No white space at all.
sub loose {
  my ($octets) = @_;
  $octets =~ tr/ \t\n\r\f//d;
  return $octets;
}

sub leaves {
  my @todo = @_;
  my @found;
  while (@todo) {
    my $part = shift @todo;
    if ($part->parts) {
      unshift @todo, $part->parts;
    } else {
      next if $part->effective_type =~ m{^multipart/};
      my $octets = $part->bodyhandle ? $part->bodyhandle->as_string : "";
      push @found, [(map { sha256_hex($_) } $octets, plain($octets), loose($octets)), length($octets)];
    }
  }
  return \@found;
}

while (my $path = <STDIN>) {
  chomp $path;
  my %told = (file => $path);
  eval {
    local $SIG{ALRM} = sub { die "slow\n" };
    alarm 20;
    open my $in, "<:raw", $path or die "open\n";
    my $octets = do { local $/; <$in> };
    $octets =~ s/\AFrom [^\n]*\n?//;
    my $parser = MIME::Parser->new;
    $parser->output_to_core(1);
    $parser->tmp_to_core(1);
    $parser->ignore_errors(1);
    my $message = $parser->parse_data($octets);
    $told{leaves} = leaves($message);
    my $value = sub {
      my $text = $message->head->get($_[0], 0);
      return "" unless defined $text;
      $text =~ s/\r?\n(?=[ \t])//g;
      $text =~ s/[\r\n]+\z//;
      return $text;
    };
    $told{subject} = mime_to_perl_string($value->("Subject"));
    $told{$_} = [map { decode("UTF-8", $_->address, FB_DEFAULT) } Mail::Address->parse($value->($_))] for qw(from to cc);
    alarm 0;
    1;
  } or do {
    alarm 0;
    $told{raised} = {all => ($@ =~ /slow/ ? "slow" : "died")};
  };
  print $json->encode(\%told), "\n";
}
