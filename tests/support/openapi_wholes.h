/* SPDX-License-Identifier: Apache-2.0 */
/* openapi_wholes - for each operation that takes a body, one with every field that is described. */
#pragma once
#include "support/openapi_walk.h"

static inline long long made(struct served *s)
{
    int64_t id = 0;
    assert_true(json_int_loose(json_get(s->json, "id"), &id));
    return id;
}

static inline long long open_hold(struct served *s)
{
    WRITE(s,
          201,
          "POST",
          "/v1/holds",
          "{'owner':'fields','channel':'own','lines':[{'sku':'FREE','quantity':1}]}");
    return made(s);
}

static inline long long draft_transfer(struct served *s)
{
    WRITE(s,
          201,
          "POST",
          "/v1/transfers",
          "{'from':'berlin','to':'paris','lines':[{'sku':'FREE','quantity':1}]}");
    return made(s);
}

static inline long long shipped_transfer(struct served *s)
{
    char path[64];
    long long id = draft_transfer(s);
    (void)snprintf(path, sizeof(path), "/v1/transfers/%lld/ship", id);
    WRITE(s, 200, "POST", path, "{}");
    return id;
}

static inline long long open_count(struct served *s)
{
    char path[64];
    WRITE(s, 201, "POST", "/v1/counts", "{'location':'paris'}");
    long long id = made(s);
    (void)snprintf(path, sizeof(path), "/v1/counts/%lld/lines", id);
    WRITE(s, 200, "POST", path, "{'lines':[{'sku':'FREE','quantity':5}]}");
    return id;
}

static inline long long reviewed_count(struct served *s)
{
    char path[64];
    long long id = open_count(s);
    (void)snprintf(path, sizeof(path), "/v1/counts/%lld/review", id);
    WRITE(s, 200, "POST", path, "{}");
    return id;
}

static inline long long some_webhook(struct served *s)
{
    static int64_t id; /* one for all: there may not be many */
    if (!id) {
        WRITE(s, 201, "POST", "/v1/webhooks", "{'url':'http://127.0.0.1:1/hook'}");
        assert_true(json_int_loose(json_get(s->json, "id"), &id));
    }
    return id;
}

/* Its name is a number; they have no second factor, so that a code says nothing. */
static inline long long some_user(struct served *s)
{
    static bool is_there;
    if (!is_there) {
        new_user(s, "1001", "read");
        is_there = true;
    }
    return 1001;
}

/* Its code is a number. */
static inline long long shadow_channel(struct served *s)
{
    static long long code = 1000;
    code++;
    WRITE(s, 201, "POST", "/v1/channels", "{'code':'%lld','connector':'api'}", code);
    WRITE(s, 201, "POST", "/v1/listings", "{'channel':'%lld','sku':'FREE'}", code);
    return code;
}

static inline long long planned_channel(struct served *s)
{
    char path[64];
    long long code = shadow_channel(s);
    (void)snprintf(path, sizeof(path), "/v1/channels/%lld/cutover", code);
    WRITE(s, 202, "POST", path, "{'at':'2100-01-01T00:00:00Z'}");
    return code;
}

/* A body with every field that is described, and a list of each described kind. */
struct whole {
    const char *id, *path, *body; /* single quotes for double ones */
    long long (*make)(
        struct served *s); /* what stands for %lld in the path, new for each attempt */
    const char *without;   /* stands for another field: another whole has it instead */
};
#define FRESH "N@@@@@@" /* in a body: a name that was not there before */

#define WEBHOOK_KEY "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define LINE                                                                                       \
    "{'id':'1','sku':'FREE','ordered':1,'cancelled':0,'fulfilled':0,'returned':0,'restocked':0,"   \
    "'no_restock':0,'taken':1,'location':'berlin'}"
#define SNAPSHOT                                                                                   \
    "'channel':'own','id':'S1','version':'1','placed_at':'2026-01-01T00:00:00Z','country':'DE',"   \
    "'region':'BE','lines':[" LINE "]"

static const struct whole wholes[] = {
    {"resolveIncident", "/v1/incidents/1/resolve", "{'reason':'seen'}", NULL, NULL},
    {"takeOver",
     "/v1/channels/%lld/cutover",
     "{'at':'2100-01-01T00:00:00Z','watch_minutes':5,'limit_percent':5,'bar_days':0,'force':'a "
     "rehearsal',"
     "'reason':'a rehearsal'}",
     shadow_channel,
     NULL},
    {"rollBack", "/v1/channels/%lld/rollback", "{'reason':'a rehearsal'}", planned_channel, NULL},
    {"pausePushes", "/v1/pause", "{'channel':'own','reason':'stocktaking'}", NULL, NULL},
    {"resumePushes", "/v1/resume", "{'channel':'own','reason':'stocktaking'}", NULL, NULL},
    {"createSkus",
     "/v1/skus",
     "{'sku':'" FRESH
     "','title':'T','product':'P','options':{'Size':'M'},'barcode':'4006381333931',"
     "'buffer':1,'oversell':'deny','components':[{'sku':'TEE','quantity':1}],'aliases':[]}",
     NULL,
     NULL},
    {"changeSku",
     "/v1/skus/SPARE",
     "{'sku':'SPARE','title':'T','product':'P','options':{'Size':'M'},'barcode':'4006381333931',"
     "'buffer':1,'oversell':'deny','components':[{'sku':'TEE','quantity':1}],'aliases':[]}",
     NULL,
     NULL},
    {"createLocations",
     "/v1/locations",
     "{'code':'" FRESH "','name':'Rome','country':'IT','region':'RM','active':true}",
     NULL,
     NULL},
    {"changeLocation",
     "/v1/locations/paris",
     "{'code':'paris','name':'Paris','country':'FR','region':'75','active':true}",
     NULL,
     NULL},
    {"createChannel",
     "/v1/channels",
     "{'code':'" FRESH "','connector':'api','mode':'live','paused':false,'settings':{},"
     "'secrets':{'webhook_secret':'" SHOP_SECRET "'},'buffer':0,'percent':100,'cap':9,"
     "'route':[{'location':'berlin','priority':1,'cost':2,'fee':1,'countries':['DE'],'regions':['"
     "BE']}],"
     "'opened_at':'2026-01-01T00:00:00Z'}",
     NULL,
     NULL},
    {"changeChannel",
     "/v1/channels/second",
     "{'code':'second','connector':'api','mode':'live','paused':false,'settings':{},"
     "'secrets':{'webhook_secret':'" SHOP_SECRET "'},'buffer':0,'percent':100,'cap':9,"
     "'route':[{'location':'berlin','priority':1,'cost':2,'fee':1,'countries':['DE'],'regions':['"
     "BE']}],"
     "'opened_at':'2026-01-01T00:00:00Z'}",
     NULL,
     NULL},
    {"importChannel", "/v1/channels/woo/import", "{'create_skus':false}", NULL, NULL},
    {"createListings",
     "/v1/listings",
     "{'channel':'own','sku':'MUG','remote':{'sku':'" FRESH
     "'},'location':null,'pack_size':1,'buffer':0,"
     "'percent':100,'cap':9,'min_to_list':1,'paused':false}",
     NULL,
     NULL},
    {"changeListing",
     "/v1/listings/1",
     "{'pack_size':1,'buffer':0,'percent':100,'cap':9,'min_to_list':1,'paused':false}",
     NULL,
     NULL},
    {"createMovements",
     "/v1/movements",
     "{'movements':[{'kind':'count','sku':'FREE','location':'paris','quantity':0,'reason':'R',"
     "'reference':'X','happened_at':'2026-01-01T00:00:00Z','expected':0}]}",
     NULL,
     NULL},
    {"reportOrder", "/v1/orders", "{" SNAPSHOT "}", NULL, NULL},
    {"createHold",
     "/v1/holds",
     "{'owner':'cart','channel':'own','expires_in':60,'country':'DE','region':'BE',"
     "'lines':[{'sku':'FREE','quantity':1}]}",
     NULL,
     NULL},
    {"extendHold", "/v1/holds/%lld/extend", "{'expires_in':60}", open_hold, NULL},
    {"commitHold", "/v1/holds/%lld/commit", "{" SNAPSHOT "}", open_hold, NULL},
    {"tryRouting",
     "/v1/routing/try",
     "{'channel':'own','country':'DE','region':'BE','lines':[{'sku':'SET','quantity':1}]}",
     NULL,
     NULL},
    {"createTransfer",
     "/v1/transfers",
     "{'from':'berlin','to':'paris','reference':'R','lines':[{'sku':'FREE','quantity':1}]}",
     NULL,
     NULL},
    {"shipTransfer", "/v1/transfers/%lld/ship", "{'happened_at':null}", draft_transfer, NULL},
    {"receiveTransfer",
     "/v1/transfers/%lld/receive",
     "{'happened_at':null,'lines':[{'sku':'FREE','received':1,'damaged':0,'short':0}]}",
     shipped_transfer,
     "quantity"},
    {"receiveTransfer",
     "/v1/transfers/%lld/receive",
     "{'happened_at':null,'lines':[{'sku':'FREE','quantity':1,'damaged':0,'short':0}]}",
     shipped_transfer,
     "received"},
    {"cancelTransfer", "/v1/transfers/%lld/cancel", "{'happened_at':null}", draft_transfer, NULL},
    {"createCount",
     "/v1/counts",
     "{'location':'paris','reference':'R','reason':'yearly','blind':true,'skus':['FREE']}",
     NULL,
     NULL},
    {"countLines",
     "/v1/counts/%lld/lines",
     "{'lines':[{'sku':'FREE','quantity':1,'counted_at':null}]}",
     open_count,
     NULL},
    {"reviewCount", "/v1/counts/%lld/review", "{}", open_count, NULL},
    {"postCount", "/v1/counts/%lld/post", "{'reason':'yearly'}", reviewed_count, NULL},
    {"cancelCount", "/v1/counts/%lld/cancel", "{}", open_count, NULL},
    {"bookOpening",
     "/v1/opening",
     "{'location':'paris','reason':'R','cursor':'1','items':[{'sku':'MUG','quantity':3}]}",
     NULL,
     "from"},
    {"bookOpening",
     "/v1/opening",
     "{'location':'paris','reason':'R','cursor':'1','from':'file'}",
     NULL,
     "items"},
    {"replayDelivery", "/v1/deliveries/1/replay", "{'dry_run':true,'reason':'R'}", NULL, NULL},
    {"replayDeliveries",
     "/v1/replays",
     "{'from':'2026-01-01T00:00:00Z','to':'2099-01-01T00:00:00Z','channel':'woo','state':'applied',"
     "'order':'1','topic':'T','delivery':'1','dry_run':true,'reason':'R','pushes':false}",
     NULL,
     NULL},
    {"createWebhook",
     "/v1/webhooks",
     "{'url':'http://127.0.0.1:1/hook','events':['incident.opened'],'secret':'" WEBHOOK_KEY "'}",
     NULL,
     NULL},
    {"changeWebhook",
     "/v1/webhooks/%lld",
     "{'url':'http://127.0.0.1:1/hook','events':['incident.opened'],'state':'active'}",
     some_webhook,
     NULL},
    {"rotateWebhook",
     "/v1/webhooks/%lld/rotate",
     "{'secret':'" WEBHOOK_KEY "'}",
     some_webhook,
     NULL},
    {"createToken",
     "/v1/tokens",
     "{'name':'till','scope':'read','expires_at':'2099-01-01T00:00:00Z'}",
     NULL,
     "expires_in_days"},
    {"createToken",
     "/v1/tokens",
     "{'name':'till','scope':'read','expires_in_days':90}",
     NULL,
     "expires_at"},
    {"createUser",
     "/v1/users",
     "{'name':'" FRESH "','role':'read','password':'" PEOPLE_PASSWORD "'}",
     NULL,
     NULL},
    {"changeUser",
     "/v1/users/%lld",
     "{'role':'read','password':'" PEOPLE_PASSWORD "','disabled':false,'totp':false}",
     some_user,
     NULL},
    {"logIn",
     "/v1/session",
     "{'name':'ann','password':'" PEOPLE_PASSWORD "','totp':'123456'}",
     NULL,
     NULL},
    {"changePassword",
     "/v1/session/password",
     "{'old':'" PEOPLE_PASSWORD "','new':'" PEOPLE_PASSWORD "'}",
     NULL,
     NULL},
    {"removeTotp", "/v1/session/totp", "{'password':'" PEOPLE_PASSWORD "'}", NULL, NULL},
};
