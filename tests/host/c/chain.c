/* Matches and targets: created from a block, called on a private copy. */
#include "fake.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The first of a name is found; nobody checks for a second. */
static struct proc {
  kind_t kind;
  char name[NAME_LEN];
  match_proc_t match;
  target_proc_t target;
  void *data;
  bool alive;
  struct proc *next;
} *procs;

static int enlist(kind_t kind, const char *name, struct proc p) {
  if (probe(kind, name))
    return 0;
  if (must_fail(kind) != 0)
    return -1;
  struct proc *copy = must_alloc(1, sizeof(*copy));
  *copy = p;
  copy->kind = kind;
  copy_name(copy->name, sizeof(copy->name), name);
  struct proc **at = &procs;
  while (*at != NULL)
    at = &(*at)->next;
  *at = copy;
  report_registration(kind, name, 0, NULL, NULL, 0);
  return 0;
}

int fc_register_match(const char *name, match_proc_t proc);
int fc_register_match(const char *name, match_proc_t proc) {
  return enlist(K_MATCH, name, (struct proc){.match = proc});
}

int fc_register_target(const char *name, target_proc_t proc);
int fc_register_target(const char *name, target_proc_t proc) {
  return enlist(K_TARGET, name, (struct proc){.target = proc});
}

static struct proc *find(kind_t kind, const char *name) {
  struct proc *p = procs;
  while (p != NULL && (p->kind != kind || strcasecmp(p->name, name) != 0))
    p = p->next;
  return p;
}

/* The block with its lines, as it stands in a chain. */
static oconfig_item_t *parse(kind_t kind, const char *name, const char *text) {
  const char *tag = kind == K_MATCH ? "Match" : "Target";
  size_t size = strlen(text) + strlen(name) + 32;
  char *block = must_alloc(1, size);
  snprintf(block, size, "<%s \"%s\">\n%s\n</%s>\n", tag, name, text, tag);
  oconfig_item_t *root = config_parse(block);
  free(block);
  return root;
}

bool chain_create(kind_t kind, const char *name, const char *text) {
  struct proc *p = find(kind, name);
  oconfig_item_t *root = p != NULL ? parse(kind, name, text) : NULL;
  if (root == NULL)
    return false;
  /* Without a context: no name, no interval. */
  plugin_ctx_t old = plugin_set_ctx((plugin_ctx_t){0});
  int (*create)(const oconfig_item_t *, void **) =
      kind == K_MATCH ? p->match.create : p->target.create;
  int status = create != NULL ? create(&root->children[0], &p->data) : 0;
  plugin_set_ctx(old);
  config_free(root);
  returned(kind == K_MATCH ? "match.create" : "target.create", name, status);
  /* Destroyed also when it could not be made. */
  p->alive = true;
  return status == 0 || chain_destroy(kind, name);
}

bool chain_call(kind_t kind, const char *name, value_list_t *vl) {
  struct proc *p = find(kind, name);
  const data_set_t *ds = plugin_get_ds(vl->type);
  if (p == NULL || ds == NULL)
    return false;
  notification_meta_t *meta = NULL;
  int status = kind == K_MATCH ? p->match.match(ds, vl, &meta, &p->data)
                               : p->target.invoke(ds, vl, &meta, &p->data);
  line_t l = line_start("returned");
  line_word(&l, "callback", kind_names[kind]);
  line_text(&l, "name", name);
  line_int(&l, "status", status);
  line_value_list(&l, vl);
  line_kinds(&l, vl->type);
  line_end(&l);
  return true;
}

bool chain_destroy(kind_t kind, const char *name) {
  struct proc *p = find(kind, name);
  if (p == NULL || !p->alive)
    return false;
  int (*destroy)(void **) =
      kind == K_MATCH ? p->match.destroy : p->target.destroy;
  int status = destroy != NULL ? destroy(&p->data) : 0;
  p->alive = false;
  returned(kind == K_MATCH ? "match.destroy" : "target.destroy", name, status);
  return true;
}

/* Never destroyed at exit, as in the daemon. */
void chain_reset(void) {
  while (procs != NULL) {
    struct proc *next = procs->next;
    free(procs);
    procs = next;
  }
}
