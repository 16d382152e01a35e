/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Everything of libdomicile, for programs that do not care for the rooms. */
#include "model/app-filter.h"
#include "model/app.h"
#include "model/audit-record.h"
#include "model/domain.h"
#include "model/endpoint.h"
#include "model/item-list.h"
#include "model/job-item.h"
#include "model/process.h"
#include "model/volume.h"
#include "model/workspace.h"
#include "rpc/client.h"
#include "rpc/error.h"
#include "rpc/job.h"
#include "rpc/json.h"
#include "rpc/request.h"
#include "rpc/server.h"
#include "secret/keyring.h"
#include "secret/passphrase.h"
