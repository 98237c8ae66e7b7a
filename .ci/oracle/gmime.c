/* What GMime reads of the messages whose paths come on standard input: one JSON object a line.
 * cc -O2 gmime.c $(pkg-config --cflags --libs gmime-3.0) */
#include <gmime/gmime.h>
#include <stdio.h>
#include <string.h>

/* Octets that are no UTF-8 become U+FFFD. */
static void print_text(const char *text) {
  char *valid = g_utf8_make_valid(text ? text : "", -1);
  putchar('"');
  for (const char *at = valid; *at; at++) {
    unsigned char b = (unsigned char)*at;
    if (b == '"' || b == '\\') printf("\\%c", b);
    else if (b < 0x20) printf("\\u%04x", b);
    else putchar(b);
  }
  putchar('"');
  g_free(valid);
}

static void print_hash(const guint8 *octets, gsize n) {
  char *sum = g_compute_checksum_for_data(G_CHECKSUM_SHA256, octets, n);
  printf("\"%s\"", sum);
  g_free(sum);
}

/* Line ends are LF, and none stand at the end. */
static GByteArray *plain(const guint8 *octets, gsize n) {
  GByteArray *out = g_byte_array_new();
  for (gsize at = 0; at < n; at++)
    if (octets[at] != '\r') g_byte_array_append(out, octets + at, 1);
  while (out->len > 0 && out->data[out->len - 1] == '\n') g_byte_array_set_size(out, out->len - 1);
  return out;
}

/* No white space at all. */
static GByteArray *loose(const guint8 *octets, gsize n) {
  GByteArray *out = g_byte_array_new();
  for (gsize at = 0; at < n; at++)
    if (!strchr(" \t\n\r\f", octets[at]) || !octets[at]) g_byte_array_append(out, octets + at, 1);
  return out;
}

static int count;

static void leaf(GMimeObject *parent, GMimeObject *part, gpointer data) {
  (void)parent;
  (void)data;
  if (GMIME_IS_MULTIPART(part)) return;
  if (GMIME_IS_MESSAGE_PART(part)) {
    GMimeMessage *inside = g_mime_message_part_get_message(GMIME_MESSAGE_PART(part));
    if (inside) g_mime_message_foreach(inside, leaf, NULL);
    return;
  }
  if (!GMIME_IS_PART(part)) return;
  GMimeStream *memory = g_mime_stream_mem_new();
  GMimeDataWrapper *content = g_mime_part_get_content(GMIME_PART(part));
  if (content) g_mime_data_wrapper_write_to_stream(content, memory);
  GByteArray *octets = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(memory));
  GByteArray *without = plain(octets->data, octets->len);
  GByteArray *black = loose(octets->data, octets->len);
  printf(count++ ? ",[" : "[");
  print_hash(octets->data, octets->len);
  putchar(',');
  print_hash(without->data, without->len);
  putchar(',');
  print_hash(black->data, black->len);
  printf(",%u]", octets->len);
  g_byte_array_free(black, TRUE);
  g_byte_array_free(without, TRUE);
  g_object_unref(memory);
}

static void addresses(InternetAddressList *list) {
  int n = list ? internet_address_list_length(list) : 0;
  for (int at = 0; at < n; at++) {
    InternetAddress *one = internet_address_list_get_address(list, at);
    if (INTERNET_ADDRESS_IS_GROUP(one)) {
      addresses(internet_address_group_get_members(INTERNET_ADDRESS_GROUP(one)));
    } else if (INTERNET_ADDRESS_IS_MAILBOX(one)) {
      if (count++) putchar(',');
      print_text(internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(one)));
    }
  }
}

static void read_one(const char *path) {
  gchar *octets;
  gsize n;
  if (!g_file_get_contents(path, &octets, &n, NULL)) return;
  gsize from = 0;
  if (n > 5 && memcmp(octets, "From ", 5) == 0) {
    char *end = memchr(octets, '\n', n);
    from = end ? (gsize)(end - octets) + 1 : n;
  }
  GMimeStream *stream = g_mime_stream_mem_new_with_buffer(octets + from, n - from);
  GMimeParser *parser = g_mime_parser_new_with_stream(stream);
  GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
  printf("{\"file\":");
  print_text(path);
  if (message) {
    printf(",\"leaves\":[");
    count = 0;
    g_mime_message_foreach(message, leaf, NULL);
    printf("],\"subject\":");
    print_text(g_mime_message_get_subject(message));
    const char *names[] = {"from", "to", "cc"};
    const GMimeAddressType kinds[] = {GMIME_ADDRESS_TYPE_FROM, GMIME_ADDRESS_TYPE_TO, GMIME_ADDRESS_TYPE_CC};
    for (int at = 0; at < 3; at++) {
      printf(",\"%s\":[", names[at]);
      count = 0;
      addresses(g_mime_message_get_addresses(message, kinds[at]));
      putchar(']');
    }
    g_object_unref(message);
  }
  printf("}\n");
  g_object_unref(parser);
  g_object_unref(stream);
  g_free(octets);
}

int main(void) {
  g_mime_init();
  char *line = NULL;
  size_t room = 0;
  ssize_t n;
  while ((n = getline(&line, &room, stdin)) > 0) {
    if (line[n - 1] == '\n') line[n - 1] = 0;
    read_one(line);
  }
  return 0;
}
